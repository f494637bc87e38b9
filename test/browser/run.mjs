/**
 * `npm run test:browser`: the tests of the inspect server's page, and of that of `examples/ofrep`, in Chromium. `--screenshots DIR` also writes pictures of each
 * view, light and dark, wide and narrow.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';

const { values: flags, positionals } = parseArgs({
  options: { screenshots: { type: 'string' } },
  allowPositionals: true,
});
const env = { ...process.env };
if (flags.screenshots !== undefined) {
  env.SENTRY_OPTIONS_SCREENSHOTS = resolve(flags.screenshots);
  mkdirSync(env.SENTRY_OPTIONS_SCREENSHOTS, { recursive: true });
}
const args = ['vitest', 'run', '--config', 'test/browser/vitest.config.ts', ...positionals];
process.exitCode = spawnSync('npx', args, { stdio: 'inherit', env }).status ?? 1;
