/** Tests the integration for Sentry with the oldest version of the SDK that `package.json` allows. */
import { cpSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import { temporaryDirectory } from '../support/base.js';
import { INSTALL_TIMEOUT, installLocked } from '../support/install-locked.js';
import { root } from '../support/pages.js';
import { runScript } from '../support/run.js';
import { expectOwnFlags, makeRequestBase } from '../support/sentry-requests.js';
import { Sink } from '../support/sink.js';

it(
  'With the oldest version of the SDK, each error of 200 concurrent requests has the flags of its own request',
  async () => {
    const installed = await installLocked('test/package/oldest-sentry', 'oldest-sentry');
    const { version } = JSON.parse(readFileSync(join(installed, 'node_modules/@sentry/node/package.json'), 'utf8'));
    expect(manifest.peerDependencies['@sentry/node'].split(' || ')[0]).toBe(`^${version}`);
    // The package with that SDK beside it, and the program inside it.
    const folder = temporaryDirectory();
    for (const name of ['package.json', 'dist', 'test/fixtures/sentry-requests.mjs']) {
      cpSync(join(root, name), join(folder, name), {
        recursive: true,
        filter: (path) => !/dist.(types|cli)/.test(path),
      });
    }
    symlinkSync(join(installed, 'node_modules'), join(folder, 'node_modules'));

    const sink = await Sink.start();
    const { code } = await runScript(join(folder, 'test/fixtures/sentry-requests.mjs'), {
      arguments: ['100'],
      env: { SENTRY_OPTIONS_DIR: makeRequestBase().directory, HOST_DSN: sink.dsn(1) },
    });
    expect(code).toBe(0);
    await sink.end();
    expectOwnFlags(sink.events, 200);
  },
  INSTALL_TIMEOUT,
);
