/**
 * Tests the pages: programs print what their comments say, TypeScript compiles, JSON and YAML parse, and links resolve.
 * `cli-transcripts.test.ts` tests terminal sessions, and `readme.test.ts` tests the first minutes in README.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse as parseYaml } from 'yaml';
import { CLEAN_ENVIRONMENT, folderForCompiler, installedFolder, PASSED, tsc, writeFiles } from '../support/folder.js';
import { type Block, blocksOf, listAnchors, pages, read, root } from '../support/pages.js';
import { installPythonClient } from '../support/python-client.js';

/** The packages that a host has to install. */
const PEERS = ['@openfeature', '@opentelemetry', '@sentry'];

const all = pages().flatMap((page) => blocksOf(page).map((block) => ({ page, ...block })));
const isWhole = ({ info }: Block): boolean => info === '';
/** The file that a block is taken from. */
const findSource = ({ info }: Block): string | undefined => /^from (\S+)$/.exec(info)?.[1];
const inLanguage = (...languages: readonly string[]) =>
  all.filter((block) => languages.includes(block.language) && isWhole(block));

/** Creates a directory for a page's programs, with the files that the page shows, else those of README. */
function makeFolder(page: string): string {
  const folder = installedFolder(...PEERS);
  const shown = blocksOf(page).filter(({ caption }) => caption !== undefined);
  writeFiles(folder, shown.length > 0 ? shown : blocksOf('README.md'));
  return folder;
}

/** Runs a program until it exits. */
function run(folder: string, program: string, ...args: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(program, args, {
    cwd: folder,
    env: CLEAN_ENVIRONMENT,
    encoding: 'utf8',
    timeout: 50_000,
  });
  return { status, stdout, stderr };
}

describe('programs on pages', () => {
  /** In a program of several files, the first line of each names the file; `main.mjs` is the entry. */
  const programs = inLanguage('js').map((block) => ({ ...block, file: /^\/\/ (\S+\.mjs)\n/.exec(block.text)?.[1] }));
  const entries = programs.filter(({ file }) => file === undefined || file === 'main.mjs');

  it.each(entries)('The program of $page, $section, prints what its comments say', (entry) => {
    const { page, section, text, file = 'program.mjs' } = entry;
    const folder = makeFolder(page);
    writeFileSync(join(folder, file), text);
    const isPart = (program: (typeof programs)[number]) =>
      program !== entry && program.page === page && program.section === section && program.file !== undefined;
    const parts = entry.file === undefined ? [] : programs.filter(isPart);
    for (const part of parts) writeFileSync(join(folder, part.file as string), part.text);
    const { status, stdout, stderr } = run(folder, process.execPath, file);
    // A program that crashes its watcher or deploys invalid values logs messages.
    const logsMessages = /crashWatcher|not valid/.test(text);
    expect({ status, stdout, stderr: logsMessages ? '' : stderr }).toEqual({ status: 0, stdout, stderr: '' });

    const source = [text, ...parts.map((part) => part.text)].join('\n');
    const expected = [...source.matchAll(/console\.log\(.*\); \/\/ (.+)$/gm)].map((match) => match[1]);
    const lines = stdout.trimEnd().split('\n');
    // Threads print in no fixed order.
    if (expected.length > 0) expect(parts.length > 0 ? lines.sort() : lines).toEqual(expected);
  });

  it('Each program of several files has an entry main.mjs', () => {
    for (const { page, section, file } of programs) {
      if (file === undefined || file === 'main.mjs') continue;
      expect(entries).toContainEqual(expect.objectContaining({ page, section, file: 'main.mjs' }));
    }
  });

  it('The TypeScript programs compile', () => {
    const folder = folderForCompiler();
    const options = ['--strict', '--noEmit', '--module', 'nodenext', '--target', 'es2023', '--types', 'node'];
    // Page by page, since declarations of one page must not affect another.
    for (const page of new Set(inLanguage('ts').map((block) => block.page))) {
      const files = inLanguage('ts').filter((block) => block.page === page);
      const names = files.map(({ text }, index) => {
        const name = `${page.replaceAll(/\W/g, '-')}-${index}.mts`;
        writeFileSync(join(folder, name), text);
        return name;
      });
      expect({ page, ...tsc(folder, ...options, ...names) }).toEqual({ page, ...PASSED });
    }
  }, 150_000);

  const hasPython = spawnSync('python3', ['-c', 'import sys; sys.exit(sys.version_info < (3, 11))']).status === 0;
  it.runIf(hasPython)(
    'The programs of the Python client print what their comments say (skipped without Python 3.11)',
    async () => {
      const python = await installPythonClient();
      expect(inLanguage('python').length).toBeGreaterThan(0);
      for (const { page, text } of inLanguage('python')) {
        const folder = makeFolder(page);
        writeFileSync(join(folder, 'program.py'), text);
        const { status, stdout, stderr } = run(folder, python, 'program.py');
        const expected = [...text.matchAll(/print\(.*\) {2}# (.+)$/gm)].map((match) => `${match[1]}\n`).join('');
        expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: expected, stderr: '' });
      }
    },
    300_000,
  );
});

describe('other blocks on pages', () => {
  it('The JSON and YAML blocks parse', () => {
    const parsers = { json: JSON.parse, yaml: (text: string) => parseYaml(text, { strict: true }) };
    const wrong: string[] = [];
    for (const [language, parse] of Object.entries(parsers)) {
      for (const { page, section, text } of inLanguage(language)) {
        try {
          expect(parse(text)).toBeTypeOf('object');
        } catch (error) {
          wrong.push(`${page}, ${section}: ${(error as Error).message}`);
        }
      }
    }
    expect(wrong).toEqual([]);
  });

  it('The shell blocks have valid syntax', () => {
    for (const { page, section, text } of inLanguage('sh')) {
      const { status, stderr } = spawnSync('bash', ['-n'], { input: text, encoding: 'utf8' });
      expect({ page, section, status, stderr }).toEqual({ page, section, status: 0, stderr: '' });
    }
  });

  it('Each block has a language that a test covers', () => {
    const known = ['console', 'js', 'json', 'python', 'sh', 'terminal', 'text', 'ts', 'yaml'];
    const unknown = all.filter((block) => isWhole(block) && !known.includes(block.language));
    expect(unknown.map(({ page, section, language }) => `${page}, ${section}: ${language}`)).toEqual([]);
    // Indented blocks have no language, so they must contain no program.
    for (const page of pages()) {
      const outside = read(page).replaceAll(/^```[\s\S]*?^```$/gm, '');
      expect([page, /^ {4}(?:import|const|export) /m.exec(outside)?.[0]]).toEqual([page, undefined]);
    }
  });

  it('Each block of output is compared by a test', () => {
    const pagesWith = (language: string) => [...new Set(inLanguage(language).map(({ page }) => page))];
    expect(pagesWith('text').filter((page) => !page.startsWith('examples/'))).toEqual(['README.md']);
    // `examples.test.ts` and `test/process/openfeature.test.ts` compare the first block of each page.
    for (const page of pagesWith('text').filter((page) => page.startsWith('examples/'))) {
      expect([page, inLanguage('text').filter((block) => block.page === page).length]).toEqual([page, 1]);
    }
  });

  it('Only blocks that cannot run are fragments', () => {
    const fragments = all.filter((block) => !isWhole(block) && findSource(block) === undefined);
    expect(fragments.map(({ page, language, info }) => `${page}: ${language} ${info}`)).toEqual(FRAGMENTS);
  });

  it('Each block that names its file is a part of that file, in whole lines', () => {
    const excerpts = all.filter((block) => findSource(block) !== undefined);
    expect(excerpts.length).toBeGreaterThan(0);
    const missing = excerpts.filter((block) => {
      const file = `\n${read(findSource(block) as string)}`;
      // A page shows the lines without the indentation that they have in the file.
      const indented = ['', '  ', '    '].map((indent) => `\n${block.text.replaceAll(/^(?=.)/gm, indent)}`);
      return !indented.some((lines) => file.includes(lines));
    });
    expect(missing.map(({ page, section, info, text }) => `${page}, ${section}: not ${info}:\n${text}`)).toEqual([]);
  });
});

/** Blocks that need a language or tool that is not installed. */
const FRAGMENTS = ['docs/getting-started.md: dockerfile fragment', 'docs/migration.md: rust fragment'];

describe('pages', () => {
  it.each(pages())('%s has no dead links and names only existing commands', (document) => {
    const text = read(document);
    for (const [, target = '', anchor] of text.matchAll(/\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)/g)) {
      const path = target === '' ? document : join(dirname(document), target);
      expect([target, existsSync(join(root, path))]).toEqual([target, true]);
      if (anchor !== undefined) expect([path, listAnchors(path)]).toEqual([path, expect.arrayContaining([anchor])]);
    }
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    for (const [, script] of text.matchAll(/npm run ([\w:]+)(?! --prefix)/g))
      expect(Object.keys(scripts)).toContain(script);
    for (const [file] of text.matchAll(/\b(?:test|bench|scripts)\/[\w./-]+\.(?:ts|mjs)\b/g))
      expect([file, existsSync(join(root, file))]).toEqual([file, true]);
    for (const [, example] of text.matchAll(/npm \w+ --prefix\s(\S+?)[`\s]/g))
      expect([example, existsSync(join(root, example as string, 'package.json'))]).toEqual([example, true]);
  });
});
