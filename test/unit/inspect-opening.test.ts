/** Tests that an error in the code of the inspect server ends the server, and not the watcher. */
import { expect, it } from 'vitest';
import { openInspection } from '../../workers/inspect/host.js';
import { collectLines } from '../support/log-lines.js';

it.each([
  ['does not parse', '}'],
  ['throws', 'throw new Error("oops")'],
  ['lacks its function', ''],
  ['rejects', 'module.exports = { openServer: async () => { throw new Error("oops") } }'],
  ['throws undefined', 'module.exports = { openServer: async () => { throw undefined } }'],
])('If the code %s, there is one warning', async (_what, source) => {
  const messages: string[] = [];
  const settings = { address: { kind: 'tcp', host: '127.0.0.1', port: 0 }, showsValues: true, hosts: [] } as const;
  await openInspection({ settings, program: '', source }, undefined as never, {
    log: collectLines(messages),
    onSocket: () => {},
  });
  expect(messages).toEqual([
    expect.stringMatching(/^warn: This process cannot be asked what is live: the server failed: ./),
  ]);
});
