/**
 * Builds `dist/`: the library, with the watcher thread's source inlined as text, the command line, and the licences of
 * what is bundled.
 *
 * `node esbuild.config.mjs` builds; tests call `buildLibrary()` to look at the metafiles.
 */
import { chmod, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = dirname(fileURLToPath(import.meta.url));

/** @type {import('esbuild').BuildOptions} */
const common = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  target: 'node20.19',
  // The ES module of a package, which can be tree-shaken: 3 kB of flatbuffers instead of 12.
  mainFields: ['module', 'main'],
  legalComments: 'none',
  metafile: true,
  logLevel: 'warning',
};

/** The watcher thread as one self-contained script, for `new Worker(text, { eval: true })`. */
async function buildWatcher() {
  const result = await build({
    ...common,
    entryPoints: ['workers/watcher.ts'],
    format: 'cjs',
    minify: true,
    // Stack traces and crash messages name functions and classes.
    keepNames: true,
    write: false,
  });
  // A file beside the library would be lost in a bundler; the name is for stack traces and debuggers.
  const text = `${result.outputFiles[0].text}\n//# sourceURL=sentry-options-watcher.js\n`;
  return { text, metafile: result.metafile };
}

/** What `import … from 'watcher-source'` gives: the watcher's `text`. */
function containing(text) {
  return {
    name: 'watcher-source',
    setup(plugin) {
      plugin.onResolve({ filter: /^watcher-source$/ }, ({ path }) => ({ path, namespace: 'watcher-source' }));
      plugin.onLoad({ filter: /.*/, namespace: 'watcher-source' }, () => ({
        contents: `export default ${JSON.stringify(text)};`,
      }));
    },
  };
}

/** The command line: apart from the library, which it imports by its name where it opens a store. */
async function buildCli({ write }) {
  return await build({
    ...common,
    entryPoints: { cli: 'src/cli/main.ts' },
    external: ['sentry-options'],
    format: 'esm',
    // What a command needs is loaded when it runs.
    splitting: true,
    chunkNames: 'chunks/cli-[name]-[hash]',
    outdir: 'dist',
    minify: true,
    keepNames: true,
    // The parsers of arguments and of YAML are CommonJS, and require what Node brings.
    banner: {
      js: "import { createRequire as __createRequire } from 'node:module';\nconst require = __createRequire(import.meta.url);",
    },
    write,
  });
}

/** Builds everything; `write: false` leaves `dist/` alone. Returns the metafiles of all sides. */
export async function buildLibrary({ write = true } = {}) {
  const watcher = await buildWatcher();
  const reader = await build({
    ...common,
    entryPoints: {
      index: 'src/index.ts',
      metrics: 'src/metrics.ts',
      testing: 'src/testing/index.ts',
      openfeature: 'src/openfeature/index.ts',
    },
    // The host's own: two copies would be two sets of clients and providers, or measure for nobody.
    external: ['@openfeature/server-sdk', '@opentelemetry/api'],
    format: 'esm',
    splitting: true,
    chunkNames: 'chunks/[name]-[hash]',
    outdir: 'dist',
    write,
    plugins: [containing(watcher.text)],
  });
  const cli = await buildCli({ write });
  return { watcher, reader, cli };
}

/** The licence texts of all packages in `metafiles`, as their licences ask for. */
async function licences(metafiles) {
  const packages = new Set();
  for (const metafile of metafiles) {
    for (const input of Object.keys(metafile.inputs)) {
      const match = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(input);
      if (match) packages.add(match[1]);
    }
  }
  const texts = [];
  for (const path of [...packages].sort()) {
    const { name, version, license } = JSON.parse(await readFile(join(root, path, 'package.json'), 'utf8'));
    const text = await readLicence(join(root, path));
    texts.push(`${name} ${version} (${license})\n${'-'.repeat(60)}\n${text.trim()}\n`);
  }
  return `This package bundles the following software.\n\n${texts.join('\n\n')}`;
}

async function readLicence(directory) {
  for (const name of ['LICENSE', 'LICENSE.md', 'LICENSE.txt', 'license', 'LICENCE']) {
    try {
      return await readFile(join(directory, name), 'utf8');
    } catch (error) {
      if (error.code !== 'ENOENT') throw error;
    }
  }
  throw new Error(`${relative(root, directory)} is bundled, but has no licence file to ship with it.`);
}

/** Makes `dist/` anew: bundles and licences, but no declarations, which are the compiler's. */
export async function buildDist() {
  const dist = join(root, 'dist');
  await mkdir(dist, { recursive: true });
  await rm(join(dist, 'chunks'), { recursive: true, force: true });
  const { watcher, reader, cli } = await buildLibrary();
  await chmod(join(dist, 'cli.js'), 0o755);
  await writeFile(
    join(dist, 'THIRD-PARTY-LICENSES.txt'),
    await licences([watcher.metafile, reader.metafile, cli.metafile]),
  );
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildDist();
