/** Tests the contents and sizes of the bundles: a service must not load what only the watcher needs. */
import { readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { Script } from 'node:vm';
import type { Metafile } from 'esbuild';
import { beforeAll, describe, expect, it } from 'vitest';
import { buildCli, buildLibrary } from '../../esbuild.config.mjs';

let library: Awaited<ReturnType<typeof buildLibrary>>;
let cli: Awaited<ReturnType<typeof buildCli>>;

beforeAll(async () => {
  [library, cli] = await Promise.all([buildLibrary({ write: false }), buildCli({ write: false })]);
});

/** Returns the outputs that importing an entry loads, with its chunks. */
function findLoaded(metafile: Metafile, entry: string): Metafile['outputs'][string][] {
  const outputs: Metafile['outputs'][string][] = [];
  const visit = (path: string) => {
    const output = metafile.outputs[path];
    if (output === undefined || outputs.includes(output)) return;
    outputs.push(output);
    for (const { path: next, external, kind } of output.imports) {
      if (external !== true && kind !== 'dynamic-import') visit(next);
    }
  };
  visit(entry);
  return outputs;
}

/** Lists the sources that contribute at least one byte to the outputs. */
function listSources(outputs: readonly Metafile['outputs'][string][]): string[] {
  const sources = outputs.flatMap(({ inputs }) =>
    Object.entries(inputs).flatMap(([path, { bytesInOutput }]) => (bytesInOutput > 0 ? [path] : [])),
  );
  return [...new Set(sources)].sort();
}

/** Lists the imports of the outputs that are not bundled. */
function listExternals(outputs: readonly Metafile['outputs'][string][]): string[] {
  const imports = outputs.flatMap((output) => output.imports);
  return [...new Set(imports.filter(({ external }) => external).map(({ path }) => path))];
}

function listPackages(sources: readonly string[]): string[] {
  const names = sources.flatMap((path) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? []);
  return [...new Set(names)].sort();
}

describe('the reader bundle', () => {
  it('The reader contains no validator, no telemetry, and nothing that only the watcher needs, except as text', () => {
    const sources = listSources(findLoaded(library.reader.metafile, 'dist/index.js'));
    expect(listPackages(sources)).toEqual(['flatbuffers']);
    expect(
      sources.filter((path) => /^(workers|src\/(schema|values|files|telemetry|testing|cli))\//.test(path)),
    ).toEqual([]);
    expect(sources.filter((path) => /^[^/]+:/.test(path))).toEqual([
      'inspect-source:inspect-source',
      'telemetry-source:telemetry-source',
      'watcher-source:watcher-source',
    ]);
    expect(sources).toContain('src/reading/namespace.ts');
  });

  it('The bundles import nothing on demand, so that a bundler can write them to a single file', () => {
    const imports = Object.values(library.reader.metafile.outputs).flatMap((output) => output.imports);
    expect(imports.filter(({ kind }) => kind !== 'import-statement')).toEqual([]);
    expect(imports.length).toBeGreaterThan(0);
  });

  it('The bundles import only Node modules', () => {
    for (const outputs of [
      findLoaded(library.reader.metafile, 'dist/index.js'),
      findLoaded(library.reader.metafile, 'dist/testing.js'),
      Object.values(library.watcher.metafile.outputs),
      Object.values(library.telemetry.metafile.outputs),
    ]) {
      const external = listExternals(outputs);
      expect(external.filter((path) => !builtinModules.includes(path.replace(/^node:/, '')))).toEqual([]);
      expect(external.length).toBeGreaterThan(0);
    }
  });

  it('The reader, flatbuffers and both texts stay below their size limits', () => {
    const outputs = findLoaded(library.reader.metafile, 'dist/index.js');
    const bytes = (path: RegExp) =>
      outputs
        .flatMap(({ inputs }) => Object.entries(inputs))
        .filter(([name]) => path.test(name))
        .reduce((sum, [, { bytesInOutput }]) => sum + bytesInOutput, 0);
    const [watcher, telemetry, inspect, flatbuffers, ours] = [
      bytes(/^watcher-source:/),
      bytes(/^telemetry-source:/),
      bytes(/^inspect-source:/),
      bytes(/node_modules\/flatbuffers/),
      bytes(/^src\//),
    ];
    console.log(
      `as text: watcher ${watcher} bytes, telemetry ${telemetry}, inspect ${inspect}; ` +
        `as code: flatbuffers ${flatbuffers}, the reader ${ours}`,
    );
    // A tenth of it are the names of functions and methods, for stack traces.
    expect(watcher).toBeLessThan(354_000);
    expect(telemetry).toBeLessThan(85_000);
    // Contains a reader, and the page.
    expect(inspect).toBeLessThan(165_000);
    // Its builder is in the chunk shared with the testing entry; a service's own bundler drops it.
    expect(flatbuffers).toBeLessThan(26_000);
    expect(ours).toBeLessThan(262_000);
    // What is neither text nor code of the above: the helpers of esbuild, and the lists of imports and exports.
    const all = outputs.reduce((sum, output) => sum + output.bytes, 0);
    expect(all - watcher - telemetry - inspect - flatbuffers - ours).toBeLessThan(11_000);
  });
});

describe.each([
  {
    name: 'the OpenFeature provider',
    entry: 'openfeature',
    own: /^src\/(?:openfeature\/|features\/copy-context\.ts$)/,
    host: '@openfeature/server-sdk',
  },
  {
    name: 'the OFREP handler',
    entry: 'ofrep',
    own: /^src\/(?:ofrep\/|ofrep\.ts$|features\/copy-context\.ts$)/,
    host: undefined,
  },
  {
    name: 'the metrics',
    entry: 'metrics',
    own: /^src\/(?:metrics|status\/measurements)\.ts$/,
    host: '@opentelemetry/api',
  },
  {
    name: "the integration for Sentry's SDK",
    entry: 'sentry',
    own: /^src\/sentry(?:\.ts|\/)/,
    host: '@sentry/node',
  },
])('$name', ({ entry, own, host }) => {
  it('The bundle adds only its own sources to the reader and imports the rest from the host', () => {
    const { metafile } = library.reader;
    const outputs = findLoaded(metafile, `dist/${entry}.js`);
    const service = listSources(findLoaded(metafile, 'dist/index.js'));
    const added = listSources(outputs).filter((path) => !service.includes(path));
    expect(added.filter((path) => !own.test(path))).toEqual([]);
    expect(added.length).toBeGreaterThan(0);
    const external = listExternals(outputs).filter((path) => !builtinModules.includes(path.replace(/^node:/, '')));
    expect(external).toEqual(host === undefined ? [] : [host]);
  });
});

describe('the OFREP handler', () => {
  it('The bundle that it adds to the reader is small', () => {
    const [own] = findLoaded(library.reader.metafile, 'dist/ofrep.js');
    expect(own?.bytes).toBeLessThan(20_000);
  });
});

describe("the integration for Sentry's SDK", () => {
  it('For require(), it imports no SDK: that would be a second copy', () => {
    const { metafile } = library.reader;
    const external = listExternals(findLoaded(metafile, 'dist/chunks/sentry-integration.js'));
    expect(external.filter((path) => !builtinModules.includes(path.replace(/^node:/, '')))).toEqual([]);
  });
});

describe('the watcher source', () => {
  it('The watcher source is one script that contains its packages', () => {
    expect(() => new Script(library.watcher.text)).not.toThrow();
    const packages = listPackages(listSources(Object.values(library.watcher.metafile.outputs)));
    expect(packages).toContain('ajv');
    expect(packages).toContain('jsonc-parser');
    expect(library.watcher.text).toContain('//# sourceURL=');
  });
});

describe('the telemetry source', () => {
  it('The telemetry source is one script and the only one with the Sentry SDK', () => {
    expect(() => new Script(library.telemetry.text)).not.toThrow();
    const packages = listPackages(listSources(Object.values(library.telemetry.metafile.outputs)));
    expect(packages).toContain('@sentry/node');
    expect(listPackages(listSources(Object.values(library.watcher.metafile.outputs)))).not.toContain('@sentry/core');
  });
});

describe('the inspect source', () => {
  it('The inspect source is one script without packages but those of a reader, and only the watcher may evaluate it', () => {
    expect(() => new Script(library.inspect.text)).not.toThrow();
    const packages = listPackages(listSources(Object.values(library.inspect.metafile.outputs)));
    expect(packages).toEqual(['flatbuffers']);
    const watcher = listSources(Object.values(library.watcher.metafile.outputs));
    expect(watcher.filter((path) => path.startsWith('workers/inspect/'))).toEqual(['workers/inspect/host.ts']);
  });
});

describe('the command line', () => {
  it('No other bundle contains the command line', () => {
    const { reader, watcher, telemetry, inspect } = library;
    for (const { inputs } of [reader.metafile, watcher.metafile, telemetry.metafile, inspect.metafile]) {
      expect(Object.keys(inputs).filter((path) => /src\/cli\/|node_modules\/(yaml|commander)\//.test(path))).toEqual(
        [],
      );
    }
  });

  it('The command line loads validators and YAML only for commands that need them', () => {
    const { metafile } = cli;
    const atStart = listPackages(listSources(findLoaded(metafile, 'dist/cli.js')));
    expect(atStart).toEqual(['commander']);
    const all = listPackages(listSources(Object.values(metafile.outputs)));
    expect(all).toEqual(expect.arrayContaining(['ajv', 'commander', 'jsonc-parser', 'yaml']));
  });

  it('The command line imports only Node modules, and the library by name', () => {
    const external = listExternals(Object.values(cli.metafile.outputs));
    expect(external.filter((path) => !builtinModules.includes(path.replace(/^node:/, '')))).toEqual(['sentry-options']);
  });
});

describe('THIRD-PARTY-LICENSES.txt', () => {
  it('The package contains the licenses of all bundled packages', () => {
    const { reader, watcher, telemetry, inspect } = library;
    const metafiles = [reader.metafile, watcher.metafile, telemetry.metafile, inspect.metafile, cli.metafile];
    const packages = listPackages(metafiles.flatMap(({ outputs }) => listSources(Object.values(outputs))));
    const text = readFileSync(new URL('../../dist/THIRD-PARTY-LICENSES.txt', import.meta.url), 'utf8');
    for (const name of packages) expect(text).toMatch(new RegExp(`^${name} \\d+\\.\\d+\\.\\d+ \\(`, 'm'));
    expect(packages.length).toBeGreaterThan(2);
  });
});
