/**
 * The environments: the name of each, and how its program is built and started. `run.mjs` runs all of them;
 * environments.test.ts runs the `quick` ones, which need only Node and this project's esbuild.
 */

const NODE_MAJOR = Number(process.versions.node.split('.')[0]);
const PERMISSION = NODE_MAJOR === 20 ? '--experimental-permission' : '--permission';
const ESBUILD = 'esbuild --bundle --platform=node --outdir=dist';

/** Ways to load the package. `isBundled`: the build contains the library, and `node_modules` is removed. */
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
  {
    name: 'Rollup, to a single file',
    folder: 'rollup',
    build: 'rollup -c single.config.js',
    start: 'node dist/main.js',
  },
  {
    name: 'Rollup, to a single file, CommonJS',
    folder: 'rollup',
    build: 'rollup -c single.config.js --configFormat cjs',
    start: 'node dist/main.js',
  },
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

/** What `parts.js` prints on every runtime. */
const PARTS = [
  'bad values at the start: VALUES_INVALID',
  'no time to start: START_TIMEOUT',
  'a snapshot: 1',
  'a flag: true false false true',
  'a rejected change: VALUES_INVALID 1',
  'a refresh: true 2',
  'a refresh that blocks: true 3',
  'an override: 7',
  'a handle: 3',
  'a dead watcher: crashed WATCHER_CRASHED 3',
  'another thread after close() and init(): 3 4',
];
const listParts = (port, heap) => [
  ...PARTS,
  `a port to a dead thread: ${port}`,
  `a limit to the heap of a thread: ${heap}`,
  'left open: 4',
];
const SILENT_DEATH =
  'if the watcher thread dies silently at startup, as without memory, `init()` fails only after `startTimeout`';

/** Other runtimes: the program, and other features. `except` says what differs from Node. */
const RUNTIMES = [
  {
    name: 'Node, other features',
    start: 'node parts.js',
    prints: listParts('is detected', 'is enforced'),
    quick: true,
  },
  { name: 'Bun', folder: 'bun', build: 'node node_modules/bun/install.js', start: 'bun main.js' },
  {
    name: 'Bun, other features',
    folder: 'bun',
    build: 'node node_modules/bun/install.js',
    start: 'bun parts.js',
    prints: listParts('is not detected', 'is ignored'),
    except:
      `${SILENT_DEATH}; a watcher that runs out of memory ends the process, since heap limits of threads are ` +
      'ignored',
  },
  { name: 'Deno', folder: 'deno', start: 'deno run --allow-all main.js' },
  {
    name: 'Deno, other features',
    folder: 'deno',
    start: 'deno run --allow-all parts.js',
    prints: listParts('is not detected', 'is enforced'),
    except: SILENT_DEATH,
  },
];

/** Hosts that forbid something, or have less. */
const HOSTS = [
  { name: 'the permission model', start: `node ${PERMISSION} --allow-fs-read=* --allow-worker main.js` },
  {
    name: 'the permission model without `--allow-worker`',
    start: `node ${PERMISSION} --allow-fs-read=* main.js`,
    error: /allow them with `--allow-worker`\.$/,
  },
  {
    name: 'the permission model, reads limited to the program',
    start: `node ${PERMISSION} --allow-fs-read=/app/ --allow-worker main.js`,
    error: /Allow it with `--allow-fs-read=\/etc\/sentry-options`, or set the base directory/,
  },
  {
    name: 'the permission model, reads limited to the program, a named directory',
    env: { SENTRY_OPTIONS_DIR: '/app/sentry-options' },
    start: `node ${PERMISSION} --allow-fs-read=/app/ --allow-worker main.js`,
  },
  {
    name: 'the permission model, no reads of the base directory',
    env: { SENTRY_OPTIONS_DIR: '/app/sentry-options' },
    start: `node ${PERMISSION} --allow-fs-read=/app/node_modules/ ${['main.js', 'use.js', 'worker.js', 'package.json'].map((file) => `--allow-fs-read=/app/${file}`).join(' ')} --allow-worker main.js`,
  },
  {
    name: 'no code generation from strings',
    start: 'node --disallow-code-generation-from-strings main.js',
    error: /Start Node without `--disallow-code-generation-from-strings`\.$/,
  },
  { name: 'frozen intrinsics', start: 'node --frozen-intrinsics main.js' },
  { name: 'no `__proto__`', start: 'node --disable-proto=throw main.js' },
  { name: 'no JIT compiler', start: 'node --jitless main.js' },
  { name: 'no native addons', start: 'node --no-addons main.js' },
  { name: 'deprecations are errors', start: 'node --throw-deprecation main.js' },
  {
    name: 'preloads and limits in `NODE_OPTIONS`',
    env: { NODE_OPTIONS: '--require=./preload.cjs --max-old-space-size=64 --unhandled-rejections=strict' },
    start: 'node main.js',
  },
  {
    name: '`require()` of ES modules disabled',
    start: 'node --no-experimental-require-module main.cjs',
    error: /require\(\) of ES Module/,
  },
  {
    name: 'a read-only file system',
    mounts: 'mount --bind . .; mount -o remount,bind,ro .; cd "$PWD"; ! touch main.js 2>&-',
    start: 'node main.js',
  },
  {
    name: 'a container without `/dev/shm`',
    // Leaves only the devices that any process needs.
    mounts: `mkdir dev; touch dev/null dev/urandom; mount --bind /dev/null dev/null
      mount --bind /dev/urandom dev/urandom; mount --rbind dev /dev; ! test -e /dev/shm`,
    start: 'node main.js',
  },
].map((host) => ({ ...host, quick: true }));

export const GROUPS = { packages: PACKAGES, runtimes: RUNTIMES, hosts: HOSTS };
