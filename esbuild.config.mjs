/**
 * Builds `dist/`: the library, with the sources of the watcher and of its telemetry inlined as strings, the command
 * line, and the licenses of the bundled packages.
 *
 * `node esbuild.config.mjs` builds, with `--library` only the library; tests call `buildLibrary()` to inspect the
 * metafiles.
 */
import { createHash } from 'node:crypto';
import { chmod, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { crc32 } from 'node:zlib';
import { build, transform } from 'esbuild';

const root = dirname(fileURLToPath(import.meta.url));

/** @type {import('esbuild').BuildOptions} */
const common = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  target: 'node20.19',
  // Prefers the ES module of a package, which can be tree-shaken: 3 kB of flatbuffers instead of 12.
  mainFields: ['module', 'main'],
  legalComments: 'none',
  metafile: true,
  logLevel: 'warning',
};

/** Bundles `entry` into one string that the library contains: a bundler would lose a separate file. */
async function buildText(entry, options) {
  const result = await build({
    ...common,
    entryPoints: [entry],
    format: 'cjs',
    minify: true,
    write: false,
    ...options,
  });
  return { text: result.outputFiles[0].text, metafile: result.metafile };
}

/** Builds the watcher thread as one self-contained script, for `new Worker(text, { eval: true })`. */
async function buildWatcher() {
  const { text, metafile } = await buildText('workers/watcher.ts', {
    // Stack traces and crash messages name functions, methods and classes, also private ones. `keepNames` would restore
    // only the `name` of functions.
    minify: false,
    minifySyntax: true,
    minifyWhitespace: true,
    plugins: [dropUris, minifyPackages],
  });
  // `sourceURL`: the name in stack traces and debuggers.
  return { text: `${text}\n//# sourceURL=sentry-options-watcher.js\n`, metafile };
}

/**
 * Replaces the package with which ajv resolves `$id` and `$ref`: 16 kB. The schemas that the library compiles have no `$id`,
 * and refer only to themselves.
 */
const dropUris = {
  name: 'drop-uris',
  setup(plugin) {
    plugin.onResolve({ filter: /^fast-uri$/ }, ({ path }) => ({ path, namespace: 'no-uris' }));
    plugin.onLoad({ filter: /.*/, namespace: 'no-uris' }, () => ({
      contents: `exports.parse = (uri) => {
        if (!/^(?:#.*)?$/.test(uri)) throw new Error('A schema must refer only to itself; got ' + uri);
        return uri === '' ? {} : { fragment: uri.slice(1) };
      };
      exports.serialize = ({ fragment }) => fragment === undefined ? '' : '#' + fragment;
      exports.resolve = (base, uri) => {
        exports.parse(base);
        return uri;
      };`,
    }));
  },
};

/** Shortens the names of packages: they are two thirds of the watcher, and no bug report needs them. */
const minifyPackages = {
  name: 'minify-packages',
  setup(plugin) {
    plugin.onLoad({ filter: /[/\\]node_modules[/\\].*\.m?js$/ }, async ({ path }) => {
      const source = await readFile(path, 'utf8');
      // So that the names at the top of a file are shortened, too: without a format, they count as global.
      const format = /^\s*(?:import|export)\b/m.test(source) ? 'esm' : 'cjs';
      const { code } = await transform(source, { minify: true, format, target: common.target, legalComments: 'none' });
      return { contents: code, loader: 'js' };
    });
  },
};

/** Builds the code of the reload telemetry, which the watcher evaluates if there is a DSN. */
function buildTelemetry() {
  const off = ['__SENTRY_DEBUG__', '__SENTRY_TRACING__', '__SENTRY_CHANNEL_INJECTION__'];
  return buildText('workers/telemetry/client.ts', { define: Object.fromEntries(off.map((name) => [name, 'false'])) });
}

/** Builds the server that answers what is live, which the watcher evaluates if the setting `inspect` asks for it. */
async function buildInspect() {
  const page = await buildPage();
  const server = await buildText('workers/inspect/server.ts', { plugins: [makeTextPlugin({ 'inspect-page': page })] });
  return { ...server, page };
}

/** Builds the server's page: one HTML text that loads nothing else, and the policy that lets a browser run it. */
export async function buildPage() {
  const folder = 'workers/inspect/page';
  const buildPart = async (entry) => {
    const { text } = await buildText(`${folder}/${entry}`, {
      platform: 'browser',
      format: 'iife',
      mainFields: ['browser', 'module', 'main'],
      // The oldest versions with all that the page uses, such as nested colors and regular expressions of Unicode.
      target: ['chrome111', 'firefox113', 'safari16.4'],
    });
    return text.trim();
  };
  const [script, style, html] = await Promise.all([
    buildPart('main.ts'),
    buildPart('page.css'),
    readFile(join(root, folder, 'page.html'), 'utf8'),
  ]);
  const hash = (text) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
  return {
    // Functions: a `$` in a text would have a meaning.
    html: html.replace('/* style */', () => style).replace('/* script */', () => script),
    contentSecurityPolicy: [
      "default-src 'none'",
      `script-src ${hash(script)}`,
      `style-src ${hash(style)}`,
      "connect-src 'self'",
      // The icon of the tab, whose color is that of the state.
      'img-src data:',
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
    ].join('; '),
  };
}

/**
 * Makes a plugin that resolves `import getText from 'NAME'` to a function that returns one of `texts`, each a string or
 * an object of strings. V8 only skips over the function until it is called: a string of the module itself would be on
 * the heap of every thread that imports the library. Not in parentheses, for V8 compiles such a function at once.
 */
function makeTextPlugin(texts) {
  const filter = new RegExp(`^(${Object.keys(texts).join('|')})$`);
  return {
    name: 'texts',
    setup(plugin) {
      plugin.onResolve({ filter }, ({ path }) => ({ path, namespace: path }));
      for (const [namespace, text] of Object.entries(texts)) {
        const json = JSON.stringify(text);
        const contents = `export default () => ${typeof text === 'string' ? json : `(${json})`};
          export const id = ${crc32(json)};`;
        plugin.onLoad({ filter, namespace }, () => ({ contents }));
      }
    },
  };
}

/**
 * Drops the comments of our sources: esbuild keeps those inside classes, a quarter of what a service would load. The
 * declarations have them. Names and lines stay readable, since the bundle itself is not minified. `transform` ignores
 * tsconfig.json, which has nothing that changes the code.
 */
const dropComments = {
  name: 'drop-comments',
  setup(plugin) {
    plugin.onLoad({ filter: /\.ts$/ }, async ({ path }) => {
      const source = await readFile(path, 'utf8');
      // As JavaScript, enums would no longer be inlined.
      if (/^export enum /m.test(source)) return undefined;
      // No bug report needs the names inside of generated code.
      const minify = path.includes('/generated/');
      const { code } = await transform(source, { loader: 'ts', format: 'esm', minify, minifyWhitespace: true });
      return { contents: code, loader: 'js' };
    });
  },
};

/** Builds the command line. It imports the library by its name when it opens a store, and does not bundle it. */
export async function buildCli({ write = true } = {}) {
  return await build({
    ...common,
    // The second one is a thread, beside the chunk that starts it.
    entryPoints: { cli: 'src/cli.ts', 'chunks/cli-check-thread': 'src/cli/schemas/check-thread.ts' },
    external: ['sentry-options'],
    format: 'esm',
    // Each command loads what it needs when it runs.
    splitting: true,
    chunkNames: 'chunks/cli-[name]-[hash]',
    outdir: 'dist',
    minify: true,
    keepNames: true,
    // The parsers of arguments and of YAML are CommonJS, and require Node's own modules.
    banner: {
      js: "import { createRequire as __createRequire } from 'node:module';\nconst require = __createRequire(import.meta.url);",
    },
    write,
  });
}

/** `src/sentry.ts` for `require()`: of the host's copy of the SDK, which a module would import a second time. */
const SENTRY_FOR_REQUIRE = `'use strict';
const sdk = require('@sentry/node');
const { makeIntegration } = require('./chunks/sentry-integration.js');
exports.sentryOptionsIntegration = (options) => makeIntegration(sdk, options);
`;

/** Its declarations: those of the ES module. */
const SENTRY_TYPES_FOR_REQUIRE = `import type * as sentry from './types/src/sentry.js' with { 'resolution-mode': 'import' };
export type SentryClient = sentry.SentryClient;
export type SentryOptionsIntegration = sentry.SentryOptionsIntegration;
export type SentryOptionsIntegrationOptions = sentry.SentryOptionsIntegrationOptions;
export declare const sentryOptionsIntegration: typeof sentry.sentryOptionsIntegration;
`;

/** Builds the library, without writing `dist/` if `write` is false. Returns the metafiles of its bundles. */
export async function buildLibrary({ write = true } = {}) {
  const [watcher, telemetry, inspect] = await Promise.all([buildWatcher(), buildTelemetry(), buildInspect()]);
  const reader = await build({
    ...common,
    entryPoints: {
      index: 'src/index.ts',
      metrics: 'src/metrics.ts',
      testing: 'src/testing.ts',
      openfeature: 'src/openfeature.ts',
      ofrep: 'src/ofrep.ts',
      sentry: 'src/sentry.ts',
      'chunks/sentry-integration': 'src/sentry/integration.ts',
    },
    // The host's own packages: a second copy would have its own clients and providers, and measure for nobody.
    external: ['@openfeature/server-sdk', '@opentelemetry/api', '@sentry/node'],
    format: 'esm',
    splitting: true,
    chunkNames: 'chunks/[name]-[hash]',
    outdir: 'dist',
    write,
    plugins: [
      dropComments,
      makeTextPlugin({
        'watcher-source': watcher.text,
        'telemetry-source': telemetry.text,
        'inspect-source': inspect.text,
      }),
    ],
  });
  if (write) {
    await writeFile(join(root, 'dist/sentry.cjs'), SENTRY_FOR_REQUIRE);
    await writeFile(join(root, 'dist/sentry.d.cts'), SENTRY_TYPES_FOR_REQUIRE);
  }
  return { watcher, telemetry, inspect, reader };
}

/** Collects the license texts of all packages in `metafiles`, as their licenses require. */
async function collectLicenses(metafiles) {
  const packages = new Set();
  for (const metafile of metafiles) {
    // Tree-shaking removes many inputs entirely; these packages ship nothing.
    for (const { inputs } of Object.values(metafile.outputs)) {
      for (const [input, { bytesInOutput }] of Object.entries(inputs)) {
        const match = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(input);
        if (match && bytesInOutput > 0) packages.add(match[1]);
      }
    }
  }
  const texts = [];
  for (const path of [...packages].sort()) {
    const { name, version, license } = JSON.parse(await readFile(join(root, path, 'package.json'), 'utf8'));
    const text = await readLicense(join(root, path));
    texts.push(`${name} ${version} (${license})\n${'-'.repeat(60)}\n${text.trim()}\n`);
  }
  return `This package bundles the following software.\n\n${texts.join('\n\n')}`;
}

async function readLicense(directory) {
  for (const name of ['LICENSE', 'LICENSE.md', 'LICENSE.txt', 'license', 'LICENCE']) {
    try {
      return await readFile(join(directory, name), 'utf8');
    } catch (error) {
      if (error.code !== 'ENOENT') throw error;
    }
  }
  throw new Error(
    `${relative(root, directory)} is bundled and must have a license file. Add its file name to readLicense().`,
  );
}

/** Builds `dist/`: bundles and licenses. The compiler writes the declarations. */
export async function buildDist() {
  const dist = join(root, 'dist');
  await mkdir(dist, { recursive: true });
  await rm(join(dist, 'chunks'), { recursive: true, force: true });
  const [{ watcher, telemetry, inspect, reader }, cli] = await Promise.all([buildLibrary(), buildCli()]);
  await chmod(join(dist, 'cli.js'), 0o755);
  const metafiles = [watcher.metafile, telemetry.metafile, inspect.metafile, reader.metafile, cli.metafile];
  await writeFile(join(dist, 'THIRD-PARTY-LICENSES.txt'), await collectLicenses(metafiles));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await (process.argv.includes('--library') ? buildLibrary() : buildDist());
}
