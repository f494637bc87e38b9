/** Folders as a user of the package has them: installed, and nothing else there. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect } from 'vitest';
import { temporaryDirectory } from './base.js';
import { type Block, root } from './pages.js';

/** Nothing of the test runner's reaches a program, and its `node` is the one that runs the tests. */
export const CLEAN_ENVIRONMENT = {
  PATH: `${dirname(process.execPath)}:${process.env.PATH}`,
  HOME: process.env.HOME,
};

/** An empty folder after `npm install sentry-options`, and of `packages`, which this repository has as well. */
export function installedFolder(...packages: readonly string[]): string {
  const folder = realpathSync(temporaryDirectory());
  link(folder, 'sentry-options', root);
  for (const name of packages) link(folder, name, join(root, 'node_modules', name));
  return folder;
}

/** Puts a package into a folder's `node_modules`. */
export function link(folder: string, name: string, target: string): void {
  const path = join(folder, 'node_modules', name);
  mkdirSync(dirname(path), { recursive: true });
  symlinkSync(target, path);
}

/** Writes the blocks that have a caption to the files that it names. */
export function writeFiles(folder: string, blocks: readonly Block[]): void {
  for (const { caption, text } of blocks) {
    if (caption === undefined) continue;
    mkdirSync(dirname(join(folder, caption)), { recursive: true });
    writeFileSync(join(folder, caption), text);
  }
}

/** A folder for the compiler: with the declarations as they are published, not those that an old build may have left. */
export function folderForCompiler(): string {
  const folder = realpathSync(temporaryDirectory());
  const library = join(folder, 'node_modules/sentry-options');
  mkdirSync(library, { recursive: true });
  cpSync(join(root, 'package.json'), join(library, 'package.json'));
  cpSync(join(root, 'dist'), join(library, 'dist'), {
    recursive: true,
    filter: (path) => path !== join(root, 'dist/types'),
  });
  expect(tsc(folder, '-p', join(root, 'tsconfig.build.json'), '--outDir', join(library, 'dist/types'))).toEqual(PASSED);
  link(folder, '@types', join(root, 'node_modules/@types'));
  // What the declarations of `./openfeature` and `./metrics` name, which their users have.
  for (const name of ['@openfeature', '@opentelemetry']) link(folder, name, join(root, 'node_modules', name));
  return folder;
}

/** What the compiler answers where nothing is wrong. */
export const PASSED = { status: 0, stdout: '' };

/** Runs the compiler in `folder`. */
export function tsc(folder: string, ...args: readonly string[]): { status: number | null; stdout: string } {
  const compiler = join(root, 'node_modules/typescript/bin/tsc');
  const { status, stdout } = spawnSync(process.execPath, [compiler, ...args], { cwd: folder, encoding: 'utf8' });
  return { status, stdout };
}
