/** Tests that messages show no option value except the invalid one, truncated to 100 characters. */
import { openOptions } from 'sentry-options';
import { crashWatcher } from 'sentry-options/testing';
import { expect, it } from 'vitest';
import { Base, integer, string } from '../support/base.js';
import { dropStart } from '../support/log-lines.js';

const SECRET = 'hunter2';

it('Messages, statuses and errors show no valid value', async () => {
  const base = new Base({
    seer: { password: string(''), number: integer(0), texts: declareTexts() },
    relay: { number: integer(0) },
  });
  const output: string[] = [];
  const log = (message: string) => void output.push(message);
  const logger = { debug: log, info: log, warn: log, error: log };
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

  // Valid changes with another unknown name, an invalid value, bad JSON, a bad `generated_at`, and no file.
  base.writeValues('seer', { ...good, password: `${SECRET} 2`, more: SECRET });
  await store.refresh();
  base.writeValues('seer', { ...good, number: 'wrong' });
  output.push(await reject());
  base.writeText('seer', `{"options": {"password": "${SECRET}", }`);
  output.push(await reject());
  base.writeText('seer', `{"options": {"password": "${SECRET}"}, "generated_at": "yesterday"}`);
  await store.refresh();
  output.push(JSON.stringify(store.status()));
  base.removeValues('seer');
  await store.refresh();
  output.push(JSON.stringify(store.status()));
  expect(() => seer.get(`${SECRET.length}`)).toThrow();
  subscription[Symbol.dispose]();
  await crashWatcher(store, 'exception');
  output.push(await reject(), JSON.stringify(store.status()));
  await store.close();
  expect(output.filter((text) => text.includes(SECRET))).toEqual([]);
  // Each of these situations produced output.
  for (const part of [
    '"undeclared"',
    '"more"',
    'number "wrong" is not',
    'Failed to parse JSON',
    'yesterday',
    'was deleted',
    'Generation 2 is live: seer/password (1 option)',
    'panicked',
  ]) {
    expect(output.join('\n')).toContain(part);
  }
});

it('An error shows an invalid value, truncated to 100 characters', async () => {
  const base = new Base({ seer: { number: integer(0) } });
  const store = openOptions({ directory: base.directory, pollInterval: null });
  base.writeValues('seer', { number: 'x'.repeat(1000) });
  const { message } = await store.refresh().catch((error) => error);
  expect(message).toContain(`number "${'x'.repeat(99)}… is not of type "integer"`);
  expect(message).not.toContain('x'.repeat(100));
  await store.close();
});

function declareTexts(): object {
  return { type: 'array', items: { type: 'string' }, default: [], description: 'texts' };
}

it('Names and values cannot forge log lines or send control sequences to a terminal', async () => {
  const map = { type: 'object', additionalProperties: { type: 'integer' }, default: {}, description: 'a map' };
  const struct = { type: 'object', properties: {}, default: {}, description: 'a struct' };
  const base = new Base({ seer: { map, struct, number: integer(0) } });
  const output: string[] = [];
  const log = (message: string) => void output.push(message);
  const logger = { debug: log, info: log, warn: log, error: log };
  base.writeValues('seer', {});
  const store = openOptions({ directory: base.directory, pollInterval: null, logger });
  dropStart(output);
  const evil = 'a\n[sentry-options] error: forged\u001b[31m\u009b\u2028\u202e\r';
  base.writeValues('seer', { map: { [evil]: 'x' }, struct: { [evil]: 1 }, number: evil, [evil]: 1 });
  const error = await store.refresh().catch((reason) => reason);
  base.writeText('seer', JSON.stringify({ options: { [evil]: 1 }, generated_at: evil }));
  await store.refresh();
  await store.close();
  const escaped = String.raw`\u001b[31m\u009b\u2028\u202e`;
  // The lines of a rejection: a heading, one line for each issue, and the file.
  const lines: string[] = error.message.split('\n');
  expect(lines.map((line) => line.includes(escaped))).toEqual([false, true, true, true, false]);
  // Four messages: the generation, the values are valid again, the unknown name, and the bad timestamp.
  expect(output.map((line) => line.includes(escaped))).toEqual([false, false, true, true]);
  for (const line of [...lines, ...output, ...error.issues.map(({ message }: { message: string }) => message)]) {
    expect(line.replace(/^\t/, '')).not.toMatch(/[\p{Cc}\u2028\u202e]/u);
  }
});
