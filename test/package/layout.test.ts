/** Tests which folder may import which. A failure names the file, its import, and the rule. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };

/** A file may import its own folder and the levels below, never a folder on the same level or above. */
const LEVELS: readonly (readonly string[])[] = [
  [
    'src/cli.ts',
    'src/index.ts',
    'src/metrics.ts',
    'src/ofrep.ts',
    'src/openfeature.ts',
    'src/sentry.ts',
    'src/testing.ts',
    'workers',
  ],
  ['src/cli', 'src/ofrep', 'src/openfeature', 'src/sentry', 'src/testing', 'workers/inspect', 'workers/poll'],
  ['src/store', 'workers/report', 'workers/state'],
  ['src/reading'],
  ['src/events'],
  ['src/view'],
  ['src/watcher', 'workers/telemetry', 'workers/values'],
  ['src/schema', 'src/state', 'src/status'],
  ['src/codec', 'src/config', 'src/files', 'src/memory'],
  ['src/names'],
  ['src/features'],
  ['src/common'],
];

const root = fileURLToPath(new URL('../..', import.meta.url));
const files = ['src', 'workers'].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.includes('generated/'))
    .map((name) => posix.join(folder, name)),
);

/** The imports of each file: files of the project by path, packages by name. Type imports count too. */
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

/** Returns the folder, such as `src/store`. A loose file in `workers` belongs to `workers`, one in `src` to itself. */
function findFolder(file: string): string {
  const [top = '', second = ''] = file.split('/');
  return second.endsWith('.ts') && top === 'workers' ? top : `${top}/${second}`;
}

function findLevel(file: string): number {
  return LEVELS.findIndex((folders) => folders.includes(findFolder(file)));
}

/** Describes each edge that `isForbidden`, with `rule`. */
function findViolations(rule: string, isForbidden: (edge: { from: string; to: string }) => boolean): string[] {
  return edges.filter(isForbidden).map(({ from, to }) => `${from} imports ${to}: ${rule}`);
}

/** Returns everything that `entry` imports, directly or indirectly, each with a file that imports it. */
function findReachable(entry: string): Map<string, string> {
  const importers = new Map([[entry, 'the entry point']]);
  for (const file of importers.keys()) {
    for (const target of imports.get(file) ?? []) if (!importers.has(target)) importers.set(target, file);
  }
  return importers;
}

/** Returns what the group of `pattern` matches, each time. */
function matchAll(text: string, pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].map(([, match]) => match as string);
}

describe('the layout', () => {
  it('Every folder has a level', () => {
    expect(files.filter((file) => findLevel(file) < 0).map((file) => `${file}: its folder is in no level`)).toEqual([]);
    const folders = new Set(files.map(findFolder));
    expect(LEVELS.flat().filter((folder) => !folders.has(folder))).toEqual([]);
  });

  it('CONTRIBUTING and the page on the architecture list the folders of each level', () => {
    const expected = LEVELS.map((folders) => folders.filter((folder) => !folder.endsWith('.ts')));
    const [, tree = ''] = readFileSync(join(root, 'CONTRIBUTING.md'), 'utf8').split('folder of its level:\n\n');
    const levels = tree.split('\n\n').slice(0, LEVELS.length);
    expect(levels.map((level) => matchAll(level, /^ {4}(\S+)\/ /gm).sort())).toEqual(expected);
    const [, list = ''] = readFileSync(join(root, 'docs/architecture.md'), 'utf8').split('never in a circle:\n\n');
    const items = list.split('\n').slice(0, LEVELS.length);
    expect(items.map((item) => matchAll(item, /`([^`]+?)\/?`/g))).toEqual(expected);
  });

  it('The only loose files in src/ are the entry points of the package', () => {
    const entries = [...Object.values(manifest.exports), ...Object.values(manifest.bin)].flatMap((target) =>
      typeof target === 'string' ? [target] : [target.default],
    );
    const expected = entries.map((target) => target.replace(/^\.\/dist\/(.*)\.js$/, 'src/$1.ts'));
    const loose = files.filter((file) => /^src\/[^/]+$/.test(file) && !expected.includes(file));
    expect(loose.map((file) => `${file}: only entry points of the package may be loose in src/`)).toEqual([]);
  });

  it('Imports go down the levels only', () => {
    const isSideways = ({ from, to }: { from: string; to: string }) =>
      findFolder(from) !== findFolder(to) && findLevel(from) >= findLevel(to);
    expect(findViolations('imports go down the levels, never up or sideways', isSideways)).toEqual([]);
  });

  it('There are no import cycles', () => {
    const cycles: string[] = [];
    const done = new Set<string>();
    const visit = (file: string, path: readonly string[]): void => {
      if (path.includes(file)) cycles.push([...path.slice(path.indexOf(file)), file].join(' -> '));
      if (path.includes(file) || done.has(file)) return;
      for (const target of imports.get(file) ?? []) if (imports.has(target)) visit(target, [...path, file]);
      done.add(file);
    };
    for (const file of files) visit(file, []);
    expect(cycles).toEqual([]);
  });

  it('src/ imports nothing from workers/, which runs in the watcher thread', () => {
    expect(
      findViolations('workers/ runs in the watcher thread, src/ must not import it', ({ from, to }) => {
        return from.startsWith('src/') && to.startsWith('workers/');
      }),
    ).toEqual([]);
  });

  it('The page of the inspect server runs in a browser: besides its own files, it imports types, how durations look, and when a flag is needed', () => {
    const imported = files
      .filter((file) => file.startsWith('workers/inspect/page/'))
      .flatMap((file) => {
        const text = readFileSync(join(root, file), 'utf8').replace(/^(?:import|export) type .*?;$/gms, '');
        const targets = [...text.matchAll(/\b(?:from|import\()\s*'([^']+)'/g)].map(([, target = '']) => target);
        return targets.map((target) => (target.startsWith('.') ? posix.join(dirname(file), target) : target));
      });
    const others = imported.filter((target) => !target.startsWith('workers/inspect/page/'));
    expect(others.toSorted()).toEqual(['src/common/duration.js', 'src/status/judge-flag.js']);
  });

  it('A service loads no schemas, files or ajv', () => {
    const reached = [...findReachable('src/index.ts')].filter(([target]) =>
      /^(src\/(schema|files)\/|ajv)/.test(target),
    );
    expect(
      reached.map(([target, from]) => `${from} imports ${target}: a service must not load validation or file reading`),
    ).toEqual([]);
  });

  it('features/, names/, memory/ and codec/ import only what every thread has: common/, and the names and flags', () => {
    const allowed: Readonly<Record<string, readonly string[]>> = {
      'src/features': ['src/common'],
      'src/names': ['src/common', 'src/features'],
      'src/memory': ['src/common'],
      'src/codec': ['src/common', 'src/names'],
    };
    expect(
      findViolations('this folder may not import that one', ({ from, to }) => {
        const folder = findFolder(from);
        const targets = allowed[folder];
        return targets !== undefined && ![folder, ...targets].includes(findFolder(to));
      }),
    ).toEqual([]);
  });

  it('Only host-time.ts uses clocks and timers that a test can fake', () => {
    const forbidden =
      /from 'node:(?:timers|timers\/promises|perf_hooks)'|\bperformance\.|\bDate\.now\b|\bnew Date\(\)|\bprocess\.(?:hrtime|nextTick)\b|(?<![.\w])(?:queueMicrotask|(?:set|clear)(?:Timeout|Interval|Immediate))(?=\()/g;
    // A process of its own, a browser, and code that should follow the date that a test sets.
    const exempt =
      /^(?:src\/(?:cli\/|testing\/|reading\/stale-flags\.ts|common\/host-time\.ts)|workers\/inspect\/page\/)/;
    const violations = files
      .filter((file) => !exempt.test(file))
      .flatMap((file) => {
        const text = readFileSync(join(root, file), 'utf8');
        const imported = /import \{([^}]*)\} from '[^']*\/host-time\.js'/.exec(text)?.[1] ?? '';
        const code = text.replace(/\/\*.*?\*\/|\/\/.*$/gms, '');
        return [...code.matchAll(forbidden)]
          .filter(([name]) => !imported.split(/[\s,]+/).includes(name))
          .map(([name]) => `${file} uses ${name}: use src/common/host-time.ts, which fake timers do not reach`);
      });
    expect(violations).toEqual([]);
  });
});
