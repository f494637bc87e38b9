/**
 * Where the package is used: what an environment is called, how its program is built, and how it is started. The command
 * (`run.mjs`) runs all of them, and the test beside this folder those that are `quick`: they need nothing but Node and
 * this project's esbuild.
 *
 * `folder` is laid over `program/`; its package.json names the tools. `says` is
 * what a program that cannot start has to say. `mounts` are a shell's, in a mount namespace of its own. `/app` stands for
 * the folder in which all takes place.
 */
const NODE_MAJOR = Number(process.versions.node.split('.')[0]);
const PERMISSION = NODE_MAJOR === 20 ? '--experimental-permission' : '--permission';
const ESBUILD = 'esbuild --bundle --platform=node --outdir=dist';

/** Ways to load the package. `isBundled`: the library is part of what is built, and gone from where it was installed. */
const PACKAGES = [
  { name: 'ES modules', start: 'node main.js', quick: true },
  { name: '`require()`', start: 'node main.cjs', quick: true },
  {
    name: 'esbuild, to ES modules',
    build: `${ESBUILD} --format=esm main.js worker.js`,
    start: 'node dist/main.js',
    quick: true,
  },
  {
    name: 'esbuild, to CommonJS, minified',
    build: `${ESBUILD} --minify --out-extension:.js=.cjs main.cjs worker.cjs`,
    start: 'node dist/main.cjs',
    quick: true,
  },
  { name: 'webpack', folder: 'webpack', build: 'webpack', start: 'node dist/main.cjs' },
  { name: 'Rollup', folder: 'rollup', build: 'rollup -c', start: 'node dist/main.js' },
  { name: 'Vite, for a server', folder: 'vite', build: 'vite build', start: 'node dist/main.js' },
  { name: 'Next.js, standalone', folder: 'next', build: 'next build', start: 'node client.mjs' },
  {
    name: "a single executable (Node's SEA)",
    folder: 'sea',
    build: 'node build.mjs',
    start: 'dist/program',
  },
  { name: 'tsx', folder: 'tsx', start: 'node --import tsx main.ts' },
].map((environment) => ({ ...environment, isBundled: environment.build !== undefined }));

/** What `parts.js` prints where all is as on Node, but for what the runtimes have of their own. */
const PARTS = [
  'bad values at the start: VALUES_INVALID',
  'no time to start: START_TIMEOUT',
  'a snapshot: 1',
  'a flag: true false false true',
  'a refused change: VALUES_INVALID 1',
  'a refresh: true 2',
  'a refresh that blocks: true 3',
  'an override: 7',
  'a handle: 3',
  'a dead watcher: crashed WATCHER_CRASHED 3',
];
const parts = (port, heap) => [
  ...PARTS,
  `a port to a dead thread: ${port}`,
  `a limit to the heap of a thread: ${heap}`,
  'left open: 3',
];
const SILENT_DEATH =
  'a watcher thread that dies at the start without a word, as where there is no memory for it, is missed only after ' +
  '`startTimeout`, since a port to a dead thread cannot be told';

/** Other runtimes: the program, and the library's other parts. `but` is what is not as on Node. */
const RUNTIMES = [
  { name: 'Node, the other parts', start: 'node parts.js', prints: parts('is told', 'is kept'), quick: true },
  { name: 'Bun', folder: 'bun', build: 'node node_modules/bun/install.js', start: 'bun main.js' },
  {
    name: 'Bun, the other parts',
    folder: 'bun',
    build: 'node node_modules/bun/install.js',
    start: 'bun parts.js',
    prints: parts('cannot be told', 'is ignored'),
    but:
      `${SILENT_DEATH}; and a watcher that runs out of memory takes the process along, since limits to the heap of a ` +
      'thread are ignored',
  },
  { name: 'Deno', folder: 'deno', start: 'deno run --allow-all main.js' },
  {
    name: 'Deno, the other parts',
    folder: 'deno',
    start: 'deno run --allow-all parts.js',
    prints: parts('cannot be told', 'is kept'),
    but: SILENT_DEATH,
  },
];

/** Hosts that forbid something, or have less. */
const HOSTS = [
  { name: 'the permission model', start: `node ${PERMISSION} --allow-fs-read=* --allow-worker main.js` },
  {
    name: 'the permission model without threads',
    start: `node ${PERMISSION} --allow-fs-read=* main.js`,
    says: /allow them with `--allow-worker`\.$/,
  },
  {
    name: 'the permission model, the program alone',
    start: `node ${PERMISSION} --allow-fs-read=/app/ --allow-worker main.js`,
    says: /allow it with `--allow-fs-read=\/etc\/sentry-options`, or name the base directory/,
  },
  {
    name: 'the permission model, the program and a directory that is named',
    env: { SENTRY_OPTIONS_DIR: '/app/sentry-options' },
    start: `node ${PERMISSION} --allow-fs-read=/app/ --allow-worker main.js`,
  },
  {
    name: 'the permission model, all but the directory',
    env: { SENTRY_OPTIONS_DIR: '/app/sentry-options' },
    start: `node ${PERMISSION} --allow-fs-read=/app/node_modules/ ${['main.js', 'use.js', 'worker.js', 'package.json'].map((file) => `--allow-fs-read=/app/${file}`).join(' ')} --allow-worker main.js`,
  },
  {
    name: 'no code from strings',
    start: 'node --disallow-code-generation-from-strings main.js',
    says: /start Node without `--disallow-code-generation-from-strings`\.$/,
  },
  { name: 'frozen intrinsics', start: 'node --frozen-intrinsics main.js' },
  { name: 'no `__proto__`', start: 'node --disable-proto=throw main.js' },
  { name: 'no compiler', start: 'node --jitless main.js' },
  { name: 'no native addons', start: 'node --no-addons main.js' },
  { name: 'deprecations are errors', start: 'node --throw-deprecation main.js' },
  {
    name: 'preloads and limits in `NODE_OPTIONS`',
    env: { NODE_OPTIONS: '--require=./preload.cjs --max-old-space-size=64 --unhandled-rejections=strict' },
    start: 'node main.js',
  },
  {
    name: '`require()` without ES modules',
    start: 'node --no-experimental-require-module main.cjs',
    says: /require\(\) of ES Module/,
  },
  {
    name: 'a read-only file system',
    mounts: 'mount --bind . .; mount -o remount,bind,ro .; cd "$PWD"; ! touch main.js 2>&-',
    start: 'node main.js',
  },
  {
    name: 'a container without `/dev/shm`',
    // Nothing is left of it but what any process needs.
    mounts: `mkdir dev; touch dev/null dev/urandom; mount --bind /dev/null dev/null
      mount --bind /dev/urandom dev/urandom; mount --rbind dev /dev; ! test -e /dev/shm`,
    start: 'node main.js',
  },
].map((host) => ({ ...host, quick: true }));

export const GROUPS = { packages: PACKAGES, runtimes: RUNTIMES, hosts: HOSTS };
