/**
 * `npm run test:prometheus`: plants faults in the alert rules of `examples/prometheus`, and runs a Prometheus on real
 * processes. Unpacks Debian's package of Prometheus if PATH has none. Takes the arguments of vitest.
 */
import { spawnSync } from 'node:child_process';
import { installPrometheus } from './install.mjs';

installPrometheus();
const args = ['vitest', 'run', '--config', 'test/prometheus/vitest.config.ts', ...process.argv.slice(2)];
process.exitCode = spawnSync('npx', args, { stdio: 'inherit' }).status ?? 1;
