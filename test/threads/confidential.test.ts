/** What is said of option values: nothing, but for the one that is wrong, cut at 100 characters. */
import { openOptions } from 'sentry-options';
import { crashWatcher } from 'sentry-options/testing';
import { expect, it } from 'vitest';
import { Base, integer, string } from '../support/base.js';

const SECRET = 'hunter2';

it('no message of any level, no status and no error shows a value that is not wrong', async () => {
  const base = new Base({
    seer: { password: string(''), number: integer(0), texts: texts() },
    relay: { number: integer(0) },
  });
  const said: string[] = [];
  const say = (message: string) => void said.push(message);
  const logger = { debug: say, info: say, warn: say, error: say };
  const good = { password: SECRET, texts: [SECRET], undeclared: SECRET };
  base.writeValues('seer', good);
  const store = openOptions({ directory: base.directory, pollInterval: null, logger });
  const seer = store.namespace('seer');
  const reject = () =>
    store.refresh().then(
      () => '',
      ({ message, issues }) => message + JSON.stringify(issues),
    );
  const subscription = store.onReload(() => {
    throw new Error('a listener of the test');
  });

  // Other good values, unknown names of another set, a issue beside them, another namespace's, no JSON, and none at all.
  base.writeValues('seer', { ...good, password: `${SECRET} 2`, more: SECRET });
  await store.refresh();
  base.writeValues('seer', { ...good, number: 'wrong' });
  said.push(await reject());
  base.writeText('seer', `{"options": {"password": "${SECRET}", }`);
  said.push(await reject());
  base.writeText('seer', `{"options": {"password": "${SECRET}"}, "generated_at": "yesterday"}`);
  await store.refresh();
  said.push(JSON.stringify(store.status()));
  base.removeValues('seer');
  await store.refresh();
  said.push(JSON.stringify(store.status()));
  expect(() => seer.get(`${SECRET.length}`)).toThrow();
  subscription[Symbol.dispose]();
  await crashWatcher(store, 'exception');
  said.push(await reject(), JSON.stringify(store.status()));
  await store.close();
  expect(said.filter((text) => text.includes(SECRET))).toEqual([]);
  // All of that was said.
  for (const part of [
    '"undeclared"',
    '"more"',
    'number "wrong" is not',
    'Failed to parse JSON',
    'yesterday',
    'are gone',
    'panicked',
  ]) {
    expect(said.join('\n')).toContain(part);
  }
});

it('a value that is wrong is shown, cut at 100 characters', async () => {
  const base = new Base({ seer: { number: integer(0) } });
  const store = openOptions({ directory: base.directory, pollInterval: null });
  base.writeValues('seer', { number: 'x'.repeat(1000) });
  const { message } = await store.refresh().catch((error) => error);
  expect(message).toContain(`number "${'x'.repeat(99)}… is not of type "integer"`);
  expect(message).not.toContain('x'.repeat(100));
  await store.close();
});

function texts(): object {
  return { type: 'array', items: { type: 'string' }, default: [], description: 'texts' };
}

it('names and values forge no line of a log, and reach no terminal as commands', async () => {
  const map = { type: 'object', additionalProperties: { type: 'integer' }, default: {}, description: 'a map' };
  const struct = { type: 'object', properties: {}, default: {}, description: 'a struct' };
  const base = new Base({ seer: { map, struct, number: integer(0) } });
  const said: string[] = [];
  const say = (message: string) => void said.push(message);
  const logger = { debug: say, info: say, warn: say, error: say };
  base.writeValues('seer', {});
  const store = openOptions({ directory: base.directory, pollInterval: null, logger });
  const evil = 'a\n[sentry-options] error: forged\u001b[31m\u009b\u2028\u202e\r';
  base.writeValues('seer', { map: { [evil]: 'x' }, struct: { [evil]: 1 }, number: evil, [evil]: 1 });
  const error = await store.refresh().catch((reason) => reason);
  base.writeText('seer', JSON.stringify({ options: { [evil]: 1 }, generated_at: evil }));
  await store.refresh();
  await store.close();
  const escaped = String.raw`\u001b[31m\u009b\u2028\u202e`;
  // The lines of a rejection: its heading, a issue each, and the file.
  const lines: string[] = error.message.split('\n');
  expect(lines.map((line) => line.includes(escaped))).toEqual([false, true, true, true, false]);
  // That the values are valid again, the unknown name, and the time.
  expect(said.map((line) => line.includes(escaped))).toEqual([false, true, true]);
  for (const line of [...lines, ...said, ...error.issues.map(({ message }: { message: string }) => message)]) {
    expect(line.replace(/^\t/, '')).not.toMatch(/[\p{Cc}\u2028\u202e]/u);
  }
});
