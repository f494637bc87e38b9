/** Tests real system errors in a store: a file whose read fails with EIO, as on a failing disk. */
import { existsSync, mkdirSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type OpenConfig, openOptions, StartTimeoutError } from 'sentry-options';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { Base, integer } from '../support/base.js';
import { dropStart } from '../support/log-lines.js';

/** A regular file of which no byte can be read: address 0 of a process is not mapped. */
const FAILING = '/proc/self/mem';

function open(base: Base, settings: OpenConfig = {}) {
  const messages: string[] = [];
  const log = (message: string) => void messages.push(message);
  const logger = { debug() {}, info: log, warn: log, error: log };
  const store = openOptions({ directory: base.directory, pollInterval: null, logger, ...settings });
  onTestFinished(() => store.close());
  dropStart(messages);
  return { store, messages };
}

function replaceByFailing(file: string): void {
  rmSync(file, { force: true });
  mkdirSync(dirname(file), { recursive: true });
  symlinkSync(FAILING, file);
}

/**
 * Returns the error of a start that cannot read `file`. On a busy machine, a short timeout ends before the thread has opened
 * a file; and it may end in the moment in which the thread lists the directory again.
 */
function failStart(base: Base, file: string, startTimeout = 250): StartTimeoutError {
  try {
    open(base, { startTimeout });
  } catch (error) {
    if (!(error instanceof StartTimeoutError)) throw error;
    if ((error.message.includes('cannot be read') && error.file === file) || startTimeout > 10_000) return error;
    return failStart(base, file, startTimeout * 2);
  }
  throw new Error('The start did not fail');
}

describe.runIf(existsSync(FAILING))('a file that the system cannot read', () => {
  it('A start waits for it, and the error of the timeout names the cause', () => {
    const base = new Base({ seer: { a: integer(1) } });
    for (const file of [base.valuesFile('seer'), join(base.directory, 'schemas/seer/schema.json')]) {
      replaceByFailing(file);
      expect(failStart(base, file)).toMatchObject({
        message: expect.stringMatching(/: (schema|values)\.json cannot be read \(EIO: .*\)\. Check the limits/),
        file,
      });
    }
  });

  it('A store keeps its values, and reports the error once until the file can be read', async () => {
    const base = new Base({ seer: { a: integer(0) } });
    base.writeValues('seer', { a: 1 });
    const file = base.valuesFile('seer');
    const { store, messages } = open(base, { pollInterval: 10 });
    renameSync(file, `${file}.away`);
    replaceByFailing(file);
    await vi.waitUntil(() => messages.length > 0, { timeout: 30_000 });
    const { polls } = store.status();
    await vi.waitUntil(() => store.status().polls > polls + 5, { timeout: 30_000 });
    expect(store.namespace('seer').get('a')).toBe(1);
    expect(store.status()).toMatchObject({ health: 'degraded', rejectedReloads: 0, reloads: [] });
    renameSync(`${file}.away`, file);
    await vi.waitUntil(() => store.status().health === 'ok', { timeout: 30_000 });
    await vi.waitUntil(() => messages.length > 1, { timeout: 30_000 });
    expect(messages).toEqual([
      expect.stringMatching(/values\.json cannot be read \(EIO: .*\); the next poll tries again/),
      expect.stringContaining('are valid again'),
    ]);
  });
});
