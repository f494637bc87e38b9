/** Tests which stacks the errors and the crashes of the watcher show. */
import { openOptions } from 'sentry-options';
import { crashWatcher } from 'sentry-options/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Base, integer } from '../support/base.js';

function makeBase(number: unknown): Base {
  const base = new Base({ seer: { number: integer(1) } });
  base.writeValues('seer', { number });
  return base;
}

/** Expects an error that leads to the function `caller`, and whose cause leads to `place` in the watcher. */
function expectStacks(error: unknown, caller: string, place: RegExp): void {
  const { name, message, stack, cause } = error as Error & { cause: Error };
  expect(stack?.startsWith(`${name}: ${message}\n    at `)).toBe(true);
  expect(stack).toContain(caller);
  expect(stack).not.toContain('sentry-options-watcher.js');
  expect(cause.message).toBe('thrown in the watcher thread');
  expect(cause.stack).toMatch(place);
  expect(cause.stack).not.toContain(message);
  expect(Object.keys(error as Error)).not.toContain('cause');
}

function catchError(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  return undefined;
}

describe('an error of the watcher', () => {
  it('An error of a start leads to its caller, and its cause to private methods by their names', () => {
    const { directory } = makeBase('two');
    const startMyService = () => openOptions({ directory });
    expectStacks(
      catchError(startMyService),
      'startMyService',
      /\n {4}at (?:FirstLoad\.)?#fallBack \(sentry-options-watcher\.js:/,
    );
    const schemas = { seer: '{' };
    const startOther = () => openOptions({ directory, schemas });
    expectStacks(catchError(startOther), 'startOther', /\n {4}at loadSchemas \(sentry-options-watcher\.js:/);
  });

  it('An error of a refresh leads to its caller, and its cause to named methods of the watcher', async () => {
    const base = makeBase(2);
    const store = openOptions({ directory: base.directory, pollInterval: null });
    onTestFinished(() => store.close());
    base.writeValues('seer', { number: 'three' });
    const handleRequest = async () => await store.refresh();
    const place = /\n {4}at Outcomes\.reject \(sentry-options-watcher\.js:/;
    expectStacks(await handleRequest().catch((error) => error), 'handleRequest', place);
    const runJob = () => store.refreshSync();
    expectStacks(catchError(runJob), 'runJob', place);
  });

  it('The message of a crash contains the stack, since a crash is a bug of the library', async () => {
    const messages: string[] = [];
    const logger = { debug() {}, info() {}, warn() {}, error: (message: string) => messages.push(message) };
    const store = openOptions({ directory: makeBase(2).directory, pollInterval: null, logger });
    onTestFinished(() => store.close());
    await crashWatcher(store, 'exception');
    expect(messages).toEqual([
      expect.stringMatching(
        /^Watcher thread panicked with: Error: crashed on demand\n {4}at crash \(sentry-options-watcher\.js:/,
      ),
    ]);
    expect(store.status().reason).toBe('Watcher thread panicked with: Error: crashed on demand');
  });
});
