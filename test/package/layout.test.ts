/** The layout: which folder may import which. A failure names the file, what it imports, and the rule. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };

/** A file may import its own folder and the levels below it, never a folder beside it or above it. */
const LEVELS: readonly (readonly string[])[] = [
  ['src/cli.ts', 'src/index.ts', 'src/metrics.ts', 'src/openfeature.ts', 'src/testing.ts', 'workers'],
  ['src/cli', 'src/openfeature', 'src/testing', 'workers/poll'],
  ['src/store', 'workers/report'],
  ['src/watcher', 'workers/telemetry', 'workers/values'],
  ['src/schema', 'src/status'],
  ['src/codec', 'src/config', 'src/features', 'src/files', 'src/memory'],
  ['src/common'],
];

const root = fileURLToPath(new URL('../..', import.meta.url));
const files = ['src', 'workers'].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.includes('generated/'))
    .map((name) => posix.join(folder, name)),
);

/** What each file imports: files of the project by path, packages by name. Types count as much as values. */
const imports = new Map(
  files.map((file) => {
    const text = readFileSync(join(root, file), 'utf8');
    const targets = [...text.matchAll(/(?:\bfrom|\bimport\(|^import)\s*'([^']+)'/gm)].map(([, target = '']) =>
      target.startsWith('.') ? posix.join(dirname(file), target).replace(/\.js$/, '.ts') : target,
    );
    return [file, targets.filter((target) => !target.includes('generated/'))] as const;
  }),
);
const edges = [...imports].flatMap(([from, targets]) =>
  targets.filter((target) => imports.has(target)).map((to) => ({ from, to })),
);

/** `src/store`, `workers/poll`; a file beside the folders of `workers` is `workers`, one of `src` is itself. */
function folderOf(file: string): string {
  const [top = '', second = ''] = file.split('/');
  return second.endsWith('.ts') && top === 'workers' ? top : `${top}/${second}`;
}

function levelOf(file: string): number {
  return LEVELS.findIndex((folders) => folders.includes(folderOf(file)));
}

/** The edges that `isForbidden`, each with `rule`. */
function violations(rule: string, isForbidden: (edge: { from: string; to: string }) => boolean): string[] {
  return edges.filter(isForbidden).map(({ from, to }) => `${from} imports ${to}: ${rule}`);
}

/** Every import that leads from `entry`, directly or not. */
function reachedFrom(entry: string): Map<string, string> {
  const importers = new Map([[entry, 'the entry point']]);
  for (const file of importers.keys()) {
    for (const target of imports.get(file) ?? []) if (!importers.has(target)) importers.set(target, file);
  }
  return importers;
}

describe('the layout', () => {
  it('has a level for every folder', () => {
    expect(files.filter((file) => levelOf(file) < 0).map((file) => `${file}: its folder is in no level`)).toEqual([]);
    const folders = new Set(files.map(folderOf));
    expect(LEVELS.flat().filter((folder) => !folders.has(folder))).toEqual([]);
  });

  it('has no loose file in src/ but the entry points of the package', () => {
    const entries = [...Object.values(manifest.exports), ...Object.values(manifest.bin)].flatMap((target) =>
      typeof target === 'string' ? [target] : [target.default],
    );
    const expected = entries.map((target) => target.replace(/^\.\/dist\/(.*)\.js$/, 'src/$1.ts'));
    const loose = files.filter((file) => /^src\/[^/]+$/.test(file) && !expected.includes(file));
    expect(loose.map((file) => `${file}: only entry points of the package may be loose in src/`)).toEqual([]);
  });

  it('lets imports go down the levels only', () => {
    const isSideways = ({ from, to }: { from: string; to: string }) =>
      folderOf(from) !== folderOf(to) && levelOf(from) >= levelOf(to);
    expect(violations('imports go down the levels, never up or sideways', isSideways)).toEqual([]);
  });

  it('has no circle of imports', () => {
    const circles: string[] = [];
    const done = new Set<string>();
    const visit = (file: string, path: readonly string[]): void => {
      if (path.includes(file)) circles.push([...path.slice(path.indexOf(file)), file].join(' -> '));
      if (path.includes(file) || done.has(file)) return;
      for (const target of imports.get(file) ?? []) if (imports.has(target)) visit(target, [...path, file]);
      done.add(file);
    };
    for (const file of files) visit(file, []);
    expect(circles).toEqual([]);
  });

  it('keeps the watcher thread’s code behind the wall: src/ imports nothing from workers/', () => {
    expect(
      violations('workers/ runs in the watcher thread, src/ must not import it', ({ from, to }) => {
        return from.startsWith('src/') && to.startsWith('workers/');
      }),
    ).toEqual([]);
  });

  it('keeps schemas, files and ajv out of what a service loads', () => {
    const reached = [...reachedFrom('src/index.ts')].filter(([target]) => /^(src\/(schema|files)\/|ajv)/.test(target));
    expect(
      reached.map(([target, from]) => `${from} imports ${target}: a service must not load validation or file reading`),
    ).toEqual([]);
  });

  it('keeps features/, memory/ and codec/ pure: they import common/ and nothing else of the project', () => {
    expect(
      violations('this folder may import src/common only', ({ from, to }) => {
        const folder = folderOf(from);
        return /^src\/(features|memory|codec)$/.test(folder) && ![folder, 'src/common'].includes(folderOf(to));
      }),
    ).toEqual([]);
  });
});
