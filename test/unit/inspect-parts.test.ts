/** Tests how the inspect server sends long answers, over real connections. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { LongAnswers } from '../../workers/inspect/parts.js';
import { ask } from '../support/ask.js';

/** How long a part is: it is sent at once. */
const PART = 'x'.repeat(64 * 2 ** 10);

/** Serves what `prepare` returns for a path. */
async function serve(prepare: (path: string) => Iterable<string>): Promise<number> {
  const answers = new LongAnswers();
  const server = createServer((request, response) => {
    answers.send(response, 'text/plain', () => prepare(request.url ?? '')).catch(() => void response.destroy());
  });
  onTestFinished(() => void server.close());
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return (server.address() as AddressInfo).port;
}

describe('LongAnswers', () => {
  it('An answer has all parts in order', async () => {
    const port = await serve(() => ['a', PART, 'b', PART, 'c']);
    expect((await ask(port, '/')).text).toBe(`a${PART}b${PART}c`);
  });

  it('Other work of the thread has its turn after each part that is sent', async () => {
    let parts = 0;
    let partsBefore = Number.NaN;
    const port = await serve(function* () {
      setImmediate(() => {
        partsBefore = parts;
      });
      for (; parts < 20; parts++) yield PART;
    });
    expect((await ask(port, '/')).text).toHaveLength(20 * PART.length);
    expect(partsBefore).toBeLessThanOrEqual(1);
  });

  it('One answer is sent at a time, and one that fails does not stop the next', async () => {
    const log: string[] = [];
    const port = await serve(function* (path) {
      log.push(`begin ${path}`);
      if (path === '/fails') throw new Error('no parts');
      for (let part = 0; part < 5; part++) yield PART;
      log.push(`end ${path}`);
    });
    const asked = ['/one', '/fails', '/two'].map((path) => ask(port, path));
    expect((await Promise.allSettled(asked)).map(({ status }) => status)).toEqual([
      'fulfilled',
      'rejected',
      'fulfilled',
    ]);
    expect(log.filter((line) => !line.includes('fails')).map((line) => line.split(' ')[0])).toEqual([
      'begin',
      'end',
      'begin',
      'end',
    ]);
  });
});
