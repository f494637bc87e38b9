/** Tests the OpenFeature provider with the oldest version of the SDK that `package.json` allows. */

import { execFile } from 'node:child_process';
import { cpSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import { alwaysOn } from '../../src/testing/features.js';
import { Base, temporaryDirectory } from '../support/base.js';
import { CLEAN_ENVIRONMENT } from '../support/folder.js';
import { INSTALL_TIMEOUT, installLocked } from '../support/install-locked.js';
import { root } from '../support/pages.js';

const [READY, ERROR] = [{ PROVIDER_READY: 1 }, { PROVIDER_ERROR: 1 }];
const DISABLED = { value: true, reason: 'DISABLED', errorCode: null, flagSetId: 'seer' };
const FAILED = { value: true, reason: 'ERROR', flagSetId: null };

it(
  'With the oldest version of the SDK, handlers run once for each start, and evaluations follow the conventions',
  async () => {
    const installed = await installLocked('test/package/oldest-openfeature', 'oldest-openfeature');
    const sdk = join(installed, 'node_modules/@openfeature/server-sdk/package.json');
    expect(manifest.peerDependencies['@openfeature/server-sdk']).toBe(
      `^${JSON.parse(readFileSync(sdk, 'utf8')).version}`,
    );
    // The package with that SDK beside it, and the program inside it.
    const folder = temporaryDirectory();
    const program = join(folder, 'test/fixtures/openfeature-starts.mjs');
    cpSync(join(root, 'test/fixtures/openfeature-starts.mjs'), program);
    for (const name of ['package.json', 'dist/index.js', 'dist/openfeature.js', 'dist/chunks']) {
      cpSync(join(root, name), join(folder, name), { recursive: true });
    }
    symlinkSync(join(installed, 'node_modules'), join(folder, 'node_modules'));

    const base = new Base({ seer: { 'feature.off': { $ref: '#/definitions/Feature' } } });
    base.writeValues('seer', { 'feature.off': { ...alwaysOn(), enabled: false } });
    const env = { ...CLEAN_ENVIRONMENT, SENTRY_OPTIONS_DIR: base.directory };
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [program], { env, timeout: 50_000 });
    expect(stderr).toBe('');
    const code = 'PROVIDER_FATAL';
    const starts = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    const notReady = { code: 'PROVIDER_NOT_READY', client: ERROR, api: ERROR };
    const both = { ...ERROR, ...READY };
    expect(starts).toEqual([
      { name: 'no store', ...notReady, status: 'ERROR', ...FAILED, errorCode: 'PROVIDER_NOT_READY' },
      { name: 'no store at first', ...notReady, client: both, api: both, status: 'READY', ...DISABLED },
      { name: 'default', client: READY, api: READY, code: null, status: 'READY', ...DISABLED },
      { name: 'domain', client: READY, api: READY, code: null, status: 'READY', ...DISABLED },
      { name: 'unknown namespace', client: ERROR, api: ERROR, code, status: 'FATAL', ...FAILED, errorCode: code },
    ]);
  },
  INSTALL_TIMEOUT,
);
