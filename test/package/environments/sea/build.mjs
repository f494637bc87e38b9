/** Builds `dist/program`: Node with the bundled program and worker inside. */
import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { build } from 'esbuild';
import { inject } from 'postject';

await build({
  entryPoints: { program: 'main.js', worker: 'worker.cjs' },
  outdir: 'dist',
  outExtension: { '.js': '.cjs' },
  bundle: true,
  platform: 'node',
  format: 'cjs',
});
const config = {
  main: 'dist/program.cjs',
  output: 'dist/program.blob',
  disableExperimentalSEAWarning: true,
  assets: { 'worker.cjs': 'dist/worker.cjs' },
};
writeFileSync('dist/sea-config.json', JSON.stringify(config));
execFileSync(process.execPath, ['--experimental-sea-config', 'dist/sea-config.json']);
copyFileSync(process.execPath, 'dist/program');
chmodSync('dist/program', 0o755);
await inject('dist/program', 'NODE_SEA_BLOB', readFileSync('dist/program.blob'), {
  sentinelFuse: 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2',
});
