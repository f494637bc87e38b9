/** Tests the integration for Sentry in programs of their own, with the SDK's own HTTP. */
import { describe, expect, it } from 'vitest';
import { Base } from '../support/base.js';
import { FLAG } from '../support/flags.js';
import { runScript } from '../support/run.js';
import { expectOwnFlags, makeRequestBase } from '../support/sentry-requests.js';
import { Sink } from '../support/sink.js';

describe('the integration for Sentry', () => {
  it('Each error of 200 concurrent requests in two threads has the flags of its own request, in order', async () => {
    const sink = await Sink.start();
    const base = makeRequestBase();
    const outcome = await runScript('sentry-requests.mjs', {
      arguments: ['100'],
      env: { SENTRY_OPTIONS_DIR: base.directory, HOST_DSN: sink.dsn(1) },
    });
    expect(outcome).toEqual({ code: 0, signal: null, stdout: '', stderr: '' });
    await sink.end();
    expectOwnFlags(sink.events, 200);
  });

  it('A host that requires the library sends the same bytes without the integration, and flags with it', async () => {
    const sink = await Sink.start();
    const base = new Base({ seer: { 'feature.on': FLAG } });
    base.writeValues('seer', {});
    const { code, stdout, stderr } = await runScript('sentry-host.cjs', {
      env: { SENTRY_OPTIONS_DIR: base.directory, HOST_DSN: sink.dsn(1) },
    });
    expect([code, stdout]).toEqual([0, '']);
    await sink.end();
    const [before, without, with_, mismatched] = sink.events;
    const mask = (event: object) =>
      JSON.stringify(event).replace(/"(event_id|trace_id|span_id|timestamp)":("\w+"|[\d.]+)/g, '"$1":0');
    expect(mask(without)).toBe(mask(before));
    expect(with_.contexts).toMatchObject({
      flags: { values: [{ flag: 'seer/on', result: false }] },
      sentry_options: { generation: 1, health: 'ok', values: { seer: expect.stringMatching(/^[0-9a-f]{64}$/) } },
    });
    // Its scopes may be others than those that this copy finds.
    expect(mismatched.contexts).not.toHaveProperty('flags');
    expect(mismatched.contexts.sentry_options).toEqual(with_.contexts.sentry_options);
    expect(stderr.split('\n').filter((line) => line.includes('carry no flags'))).toEqual([
      expect.stringMatching(
        /^\[sentry-options\] warning: Sentry events carry no flags: Sentry 8\.1\.0 runs, but sentry-options\/sentry finds @sentry\/node \d+\.\d+\.\d+\. Install the same version of both\.$/,
      ),
    ]);
  });
});
