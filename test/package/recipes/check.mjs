/** Runs one recipe through a change, a change during a request, an invalid change, and SIGTERM during a request. */
import assert from 'node:assert/strict';
import { Service } from './service.mjs';

/** Rejects if the recipe in `folder` does anything else than its page says. */
export async function check(recipe, folder, env) {
  const service = new Service(recipe, folder);
  const answer = (greeting, newCheckout) => ({ greetings: Array(recipe.greetings).fill(greeting), newCheckout });
  try {
    await service.start(env);
    assert.deepEqual(await service.get('ada'), answer('Good morning', true));
    assert.deepEqual(await service.get('bob'), answer('Good morning', false));

    // The request has begun with the first values, and ends when the second ones are live.
    const end = await service.begin('ada');
    const { 'feature.new-checkout': flag } = service.options;
    const changed = { greeting: 'Good evening', 'feature.new-checkout': { ...flag, enabled: false } };
    await service.deploy(changed, ({ generation }) => generation === 2);
    assert.deepEqual(await end(), answer('Good morning', !recipe.readsFlagsLate));
    assert.deepEqual(await service.get('ada'), answer('Good evening', false));

    // The service stays healthy and ready: its values are the last valid ones.
    await service.deploy({ greeting: 42 }, ({ health }) => health === 'degraded');
    const { statusCode, generation } = await service.health();
    assert.deepEqual({ statusCode, generation }, { statusCode: 200, generation: 2 });
    await service.deploy(changed, ({ health }) => health === 'ok');
    // What the library reports is in the service's log, with its fields.
    await service.logs('"code":"started"');
    await service.logs('"code":"values-live","namespace":"shop","generation":2');
    await service.logs('"code":"values-recovered"');

    // A request that has begun is answered, and nothing keeps the process alive after it.
    const last = await service.begin('ada');
    await service.terminate();
    assert.deepEqual(await last(), answer('Good evening', false));
    assert.deepEqual(await service.ended(), recipe.end);
    assert.equal(service.stderr, '');

    const line = (number, newCheckout) => ({ generation: number, newCheckout });
    assert.deepEqual(await service.logged(5), [
      line(1, true),
      line(1, false),
      line(1, !recipe.readsFlagsLate),
      line(2, false),
      line(3, false),
    ]);
  } catch (error) {
    error.message += `\nThe process wrote:\n${service.output}`;
    throw error;
  } finally {
    await service.dispose();
  }
}
