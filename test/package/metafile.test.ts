/** What is in the bundles: the wall between what a service loads and what only the watcher needs, and their sizes. */
import { readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { Script } from 'node:vm';
import type { Metafile } from 'esbuild';
import { beforeAll, describe, expect, it } from 'vitest';
import { buildLibrary } from '../../esbuild.config.mjs';

type Library = Awaited<ReturnType<typeof buildLibrary>>;
let library: Library;

beforeAll(async () => {
  library = await buildLibrary({ write: false });
});

/** The outputs that an entry loads as it is imported, chunks within. */
function loadedBy(metafile: Metafile, entry: string): Metafile['outputs'][string][] {
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

/** The sources of which an output holds at least a byte. */
function sourcesOf(outputs: readonly Metafile['outputs'][string][]): string[] {
  const sources = outputs.flatMap(({ inputs }) =>
    Object.entries(inputs).flatMap(([path, { bytesInOutput }]) => (bytesInOutput > 0 ? [path] : [])),
  );
  return [...new Set(sources)].sort();
}

/** What outputs import that is not bundled with them. */
function externalIn(outputs: readonly Metafile['outputs'][string][]): string[] {
  const imports = outputs.flatMap((output) => output.imports);
  return [...new Set(imports.filter(({ external }) => external).map(({ path }) => path))];
}

function packagesIn(sources: readonly string[]): string[] {
  const names = sources.flatMap((path) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? []);
  return [...new Set(names)].sort();
}

describe('what a service imports', () => {
  it('holds no validator, no telemetry, and nothing that only the watcher needs', () => {
    const sources = sourcesOf(loadedBy(library.reader.metafile, 'dist/index.js'));
    expect(packagesIn(sources)).toEqual(['flatbuffers']);
    expect(
      sources.filter((path) =>
        /^(workers|telemetry-source|src\/(schema|values|files|telemetry|testing|cli))[/:]/.test(path),
      ),
    ).toEqual([]);
    expect(sources).toContain('src/store/namespace.ts');
  });

  it('imports nothing but Node', () => {
    for (const outputs of [
      loadedBy(library.reader.metafile, 'dist/index.js'),
      loadedBy(library.reader.metafile, 'dist/testing.js'),
      Object.values(library.watcher.metafile.outputs),
      Object.values(library.telemetry.metafile.outputs),
    ]) {
      const external = externalIn(outputs);
      expect(external.filter((path) => !builtinModules.includes(path.replace(/^node:/, '')))).toEqual([]);
      expect(external.length).toBeGreaterThan(0);
    }
  });

  it('is small but for the watcher’s source, which is a text', () => {
    const outputs = loadedBy(library.reader.metafile, 'dist/index.js');
    const bytes = (path: RegExp) =>
      outputs
        .flatMap(({ inputs }) => Object.entries(inputs))
        .filter(([name]) => path.test(name))
        .reduce((sum, [, { bytesInOutput }]) => sum + bytesInOutput, 0);
    const [watcher, flatbuffers, ours] = [
      bytes(/^watcher-source:/),
      bytes(/node_modules\/flatbuffers/),
      bytes(/^src\//),
    ];
    console.log(`watcher ${watcher} bytes (as text), flatbuffers ${flatbuffers}, the reader ${ours}`);
    expect(watcher).toBeLessThan(250_000);
    // Its builder lies in the chunk that the testing entry shares; a service's own bundler leaves it out again.
    expect(flatbuffers).toBeLessThan(26_000);
    expect(ours).toBeLessThan(115_000);
  });
});

describe.each([
  { name: 'the OpenFeature provider', entry: 'openfeature', own: 'src/openfeature/', host: '@openfeature/server-sdk' },
  { name: 'the metrics', entry: 'metrics', own: 'src/metrics.ts', host: '@opentelemetry/api' },
])('$name', ({ entry, own, host }) => {
  it('add themselves to what a service imports, and have the rest from the host', () => {
    const { metafile } = library.reader;
    const outputs = loadedBy(metafile, `dist/${entry}.js`);
    const service = sourcesOf(loadedBy(metafile, 'dist/index.js'));
    const added = sourcesOf(outputs).filter((path) => !service.includes(path));
    expect(added.filter((path) => !path.startsWith(own))).toEqual([]);
    expect(added.length).toBeGreaterThan(0);
    const external = externalIn(outputs).filter((path) => !builtinModules.includes(path.replace(/^node:/, '')));
    expect(external).toEqual([host]);
  });
});

describe('the watcher’s source', () => {
  it('is one script, with what it needs inside of it', () => {
    expect(() => new Script(library.watcher.text)).not.toThrow();
    const packages = packagesIn(sourcesOf(Object.values(library.watcher.metafile.outputs)));
    expect(packages).toContain('ajv');
    expect(packages).toContain('jsonc-parser');
    expect(library.watcher.text).toContain('//# sourceURL=');
  });
});

describe('the telemetry’s source', () => {
  const dynamic = () =>
    Object.values(library.reader.metafile.outputs)
      .flatMap(({ imports }) => imports)
      .filter(({ kind }) => kind === 'dynamic-import')
      .map(({ path }) => path);

  it('is a chunk of its own, which is loaded on demand', () => {
    const paths = [...new Set(dynamic())];
    expect(paths).toHaveLength(1);
    const output = library.reader.metafile.outputs[paths[0] as string];
    expect(sourcesOf(output === undefined ? [] : [output])).toEqual(['telemetry-source:telemetry-source']);
    console.log(`telemetry ${output?.bytes} bytes (as text)`);
    expect(output?.bytes).toBeLessThan(85_000);
  });

  it('is one script, and the only place with Sentry’s client in it', () => {
    expect(() => new Script(library.telemetry.text)).not.toThrow();
    const packages = packagesIn(sourcesOf(Object.values(library.telemetry.metafile.outputs)));
    expect(packages).toContain('@sentry/node');
    expect(packagesIn(sourcesOf(Object.values(library.watcher.metafile.outputs)))).not.toContain('@sentry/core');
  });
});

describe('the command line', () => {
  it('is apart: nothing of it is in what a service, a test or the watcher loads', () => {
    for (const { inputs } of [library.reader.metafile, library.watcher.metafile, library.telemetry.metafile]) {
      expect(Object.keys(inputs).filter((path) => /src\/cli\/|node_modules\/(yaml|commander)\//.test(path))).toEqual(
        [],
      );
    }
  });

  it('loads its parser of arguments at once, and validators and YAML only for a command that needs them', () => {
    const { metafile } = library.cli;
    const atStart = packagesIn(sourcesOf(loadedBy(metafile, 'dist/cli.js')));
    expect(atStart).toEqual(['commander']);
    const all = packagesIn(sourcesOf(Object.values(metafile.outputs)));
    expect(all).toEqual(expect.arrayContaining(['ajv', 'commander', 'jsonc-parser', 'yaml']));
  });

  it('imports nothing but Node, and the library by its name', () => {
    const external = externalIn(Object.values(library.cli.metafile.outputs));
    expect(external.filter((path) => !builtinModules.includes(path.replace(/^node:/, '')))).toEqual(['sentry-options']);
  });
});

describe('the licences', () => {
  it('of all that is bundled are in the package', () => {
    const { reader, watcher, telemetry, cli } = library;
    const metafiles = [reader.metafile, watcher.metafile, telemetry.metafile, cli.metafile];
    const packages = packagesIn(metafiles.flatMap(({ outputs }) => sourcesOf(Object.values(outputs))));
    const text = readFileSync(new URL('../../dist/THIRD-PARTY-LICENSES.txt', import.meta.url), 'utf8');
    for (const name of packages) expect(text).toMatch(new RegExp(`^${name} \\d+\\.\\d+\\.\\d+ \\(`, 'm'));
    expect(packages.length).toBeGreaterThan(2);
  });
});
