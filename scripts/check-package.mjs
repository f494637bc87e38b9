/**
 * Packs the package, installs it into an empty folder, and uses it there as a stranger would: `npm run test:package`.
 *
 * Checks ESM and CommonJS, a hot reload in the main thread and in a worker, a clean exit, the OpenFeature provider, the
 * declarations under all ways of module resolution, and the sizes, which it prints. Bundlers, other runtimes and the like
 * are those of `npm run test:environments`.
 */
import { execFileSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const root = fileURLToPath(new URL('..', import.meta.url));
/** In kB; 15 % above what they were when this was written. A new one says in its commit what it buys. */
const MOST_KB = { packed: 475, unpacked: 1660 };

const USE_ESM = `
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { close, init, options, refresh } from 'sentry-options';
import 'sentry-options/testing';

init({ pollInterval: null });
const seer = options('seer');
assert.equal(seer.get('number'), 2);
const worker = new Worker(
  'const { parentPort } = require("node:worker_threads"); const { options } = require("sentry-options");' +
    'parentPort.on("message", () => parentPort.postMessage(options("seer").get("number")));',
  { eval: true },
);
const ask = () => new Promise((resolve) => { worker.once('message', resolve); worker.postMessage(''); });
assert.equal(await ask(), 2);
writeFileSync('sentry-options/values/seer/values.json', '{"options": {"number": 3}}');
assert.equal(await refresh(), true);
assert.equal(seer.get('number'), 3);
assert.equal(await ask(), 3);
writeFileSync('sentry-options/values/seer/values.json', '{"options": {"number": 2}}');
await worker.terminate();
await close();
console.log('used as an ES module');
`;

const USE_CJS = `
const assert = require('node:assert/strict');
const { close, init, options } = require('sentry-options');
const { ConfigMapVolume } = require('sentry-options/testing');

init({ pollInterval: null });
assert.equal(options('seer').get('number'), 2);
assert.equal(typeof ConfigMapVolume, 'function');
close().then(() => console.log('used by require()'));
`;

const USE_OPENFEATURE = `
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { OpenFeature } from '@openfeature/server-sdk';
import { close, init } from 'sentry-options';
import { SentryOptionsProvider } from 'sentry-options/openfeature';

init({ pollInterval: null });
await OpenFeature.setProviderAndWait(new SentryOptionsProvider({ namespace: 'seer' }));
assert.equal(await OpenFeature.getClient().getNumberValue('number', 0), 2);
const required = createRequire(import.meta.url)('sentry-options/openfeature');
assert.equal(required.SentryOptionsProvider, SentryOptionsProvider);
await close();
console.log('used by OpenFeature');
`;

const USE_TYPES = `
import type { Provider } from '@openfeature/server-sdk';
import { SentryOptionsProvider } from 'sentry-options/openfeature';
import { init, options, type OptionValue, type Status } from 'sentry-options';
import { ConfigMapVolume, createTestOptions, overrideOptions } from 'sentry-options/testing';

const store = init({ pollInterval: null });
const status: Status = store.status();
const value: OptionValue = options('relay').get('anything');
const subscription: Disposable = store.onReload(({ changes }) => console.log(changes[0]?.oldValue));
using override = overrideOptions('relay', { anything: 1 });
const provider: Provider = new SentryOptionsProvider({ store, namespace: 'seer', identityFields: ['user_id'] });
export { ConfigMapVolume, createTestOptions, override, provider, status, subscription, value };
`;

const USE_METRICS = `
import assert from 'node:assert/strict';
import { init } from 'sentry-options';

// An optional peer: nothing else asks for it.
await assert.rejects(import('sentry-options/metrics'), { code: 'ERR_MODULE_NOT_FOUND' });
init();
console.log('used without OpenTelemetry');
`;

const USE_METRICS_TYPES = `
import { init } from 'sentry-options';
import { instrument } from 'sentry-options/metrics';

using measured = instrument({ store: init() });
export { measured };
`;

const USE_TYPES_CJS = `
import library = require('sentry-options');
import metrics = require('sentry-options/metrics');
import openfeature = require('sentry-options/openfeature');
import testing = require('sentry-options/testing');

const store: library.OptionsStore = library.init();
export = { instrument: metrics.instrument, Provider: openfeature.SentryOptionsProvider, Volume: testing.ConfigMapVolume, store };
`;

const folder = mkdtempSync(join(tmpdir(), 'sentry-options-package-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
const run = (command, args, options = {}) =>
  execFileSync(command, args, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'], ...options });

const [{ filename, size, unpackedSize, files }] = JSON.parse(
  run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], { cwd: root }),
);
const sources = files
  .map(({ path }) => path)
  .filter((path) => !/^(dist\/|package\.json|README|LICENSE|CHANGELOG)/.test(path));
if (sources.length > 0) throw new Error(`The package holds what it should not: ${sources.join(', ')}`);

checkManifest(JSON.parse(run('tar', ['-xOzf', filename, 'package/package.json'])));

// All ways of resolution but those of Node 10, which knows no `exports`, and of CommonJS before it could require modules.
const ATTW = ['--yes', '@arethetypeswrong/cli@0.18.5', '--profile', 'esm-only', '--format', 'ascii', '--no-color'];
try {
  run('npx', [...ATTW, filename]);
} catch (error) {
  throw new Error(`The declarations are wrong, says attw:\n${error.stdout}`);
}
console.log('no declaration is wrong, says attw');

writeFileSync(join(folder, 'package.json'), '{"private": true}\n');
run('npm', ['install', '--no-audit', '--no-fund', '--ignore-scripts', `./${filename}`]);
const installed = readdirSync(join(folder, 'node_modules')).filter((name) => !name.startsWith('.'));
if (installed.join() !== 'sentry-options') throw new Error(`Installing it brought more: ${installed.join(', ')}`);

write('sentry-options/schemas/seer/schema.json', {
  version: '1.0',
  type: 'object',
  properties: { number: { type: 'integer', default: 1, description: 'a number' } },
});
write('sentry-options/values/seer/values.json', { options: { number: 2 } });
writeFileSync(join(folder, 'use.mjs'), USE_ESM);
writeFileSync(join(folder, 'use.cjs'), USE_CJS);
process.stdout.write(run(process.execPath, ['use.mjs']));
process.stdout.write(run(process.execPath, ['--disable-warning=ExperimentalWarning', 'use.cjs']));

writeFileSync(join(folder, 'use-metrics.mjs'), USE_METRICS);
process.stdout.write(run(process.execPath, ['use-metrics.mjs']));

// The optional peers, which a service that wants them installs.
for (const scope of ['@openfeature', '@opentelemetry']) {
  symlinkSync(join(root, 'node_modules', scope), join(folder, 'node_modules', scope));
}
writeFileSync(join(folder, 'use-openfeature.mjs'), USE_OPENFEATURE);
process.stdout.write(run(process.execPath, ['--disable-warning=ExperimentalWarning', 'use-openfeature.mjs']));

writeFileSync(join(folder, 'use.mts'), USE_TYPES);
writeFileSync(join(folder, 'use-metrics.mts'), USE_METRICS_TYPES);
writeFileSync(join(folder, 'use.cts'), USE_TYPES_CJS);
for (const [module, moduleResolution] of [
  ['node16', 'node16'],
  ['nodenext', 'nodenext'],
  ['esnext', 'bundler'],
]) {
  const compilerOptions = {
    module,
    moduleResolution,
    target: 'es2022',
    lib: ['es2023', 'esnext.disposable'],
    strict: true,
    noEmit: true,
    // The declarations of Node itself are not what is checked here, but ours are.
    types: ['node'],
    typeRoots: [join(root, 'node_modules/@types')],
  };
  writeFileSync(
    join(folder, 'tsconfig.json'),
    // CommonJS requires ES modules since Node 20.19, which `node16` does not know of.
    JSON.stringify({
      compilerOptions,
      files: ['use.mts', 'use-metrics.mts', ...(module === 'nodenext' ? ['use.cts'] : [])],
    }),
  );
  run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', folder], { stdio: 'inherit' });
  console.log(`declarations compile with moduleResolution ${moduleResolution}`);
}

const reader = bundleOfReader();
const sizes = { packed: size / 1000, unpacked: unpackedSize / 1000 };
console.log(
  `packed ${sizes.packed.toFixed(1)} kB, unpacked ${sizes.unpacked.toFixed(1)} kB; what a service loads: ` +
    `${(reader.length / 1000).toFixed(1)} kB, ${(gzipSync(reader).length / 1000).toFixed(1)} kB with gzip`,
);
for (const [name, most] of Object.entries(MOST_KB)) {
  if (sizes[name] > most)
    throw new Error(`The package is ${sizes[name].toFixed(1)} kB ${name}; at most ${most} are allowed.`);
}

/** That installing the package runs nothing and brings nothing, and that it can be published with provenance. */
function checkManifest({
  scripts = {},
  dependencies = {},
  optionalDependencies = {},
  bundleDependencies,
  ...manifest
}) {
  const hooks = ['preinstall', 'install', 'postinstall', 'preprepare', 'prepare', 'postprepare'];
  const found = hooks.filter((name) => scripts[name] !== undefined);
  if (found.length > 0) throw new Error(`Installing the package would run scripts: ${found.join(', ')}`);
  const brought = Object.keys({ ...dependencies, ...optionalDependencies, ...bundleDependencies });
  if (brought.length > 0) throw new Error(`Installing the package would bring others: ${brought.join(', ')}`);
  if (files.some(({ path }) => path.endsWith('binding.gyp')))
    throw new Error('Installing the package would compile it');
  const { provenance, access } = manifest.publishConfig ?? {};
  if (provenance !== true || access !== 'public') throw new Error('publishConfig does not ask for public provenance');
  for (const key of ['name', 'version', 'license', 'description', 'engines']) {
    if (manifest[key] === undefined) throw new Error(`package.json has no ${key}`);
  }
  // npm compares it with where CI runs, and refuses another one.
  if (manifest.repository === undefined)
    console.log('package.json has no repository: publishing with provenance needs it');
}

/** All that `import 'sentry-options'` loads, the watcher's source within. */
function bundleOfReader() {
  const dist = join(folder, 'node_modules/sentry-options/dist');
  const text = readFileSync(join(dist, 'index.js'), 'utf8');
  const chunks = [...text.matchAll(/from "\.\/(chunks\/[^"]+)"/g)].map((match) => match[1]);
  for (const chunk of chunks) statSync(join(dist, chunk));
  return [text, ...chunks.map((chunk) => readFileSync(join(dist, chunk), 'utf8'))].join('\n');
}

function write(path, content) {
  mkdirSync(join(folder, path, '..'), { recursive: true });
  writeFileSync(join(folder, path), JSON.stringify(content));
}
