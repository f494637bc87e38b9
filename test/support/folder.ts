/** Directories of a user of the package: with the package installed and nothing else. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect } from 'vitest';
import { temporaryDirectory } from './base.js';
import { type Block, root } from './pages.js';

/** An environment without the test runner's variables, in which `node` is the Node that runs the tests. */
export const CLEAN_ENVIRONMENT = {
  PATH: `${dirname(process.execPath)}:${process.env.PATH}`,
  HOME: process.env.HOME,
};

/** Creates a directory as after `npm install sentry-options`, plus `packages` from this repository. */
export function installedFolder(...packages: readonly string[]): string {
  const folder = realpathSync(temporaryDirectory());
  link(folder, 'sentry-options', root);
  for (const name of packages) link(folder, name, join(root, 'node_modules', name));
  return folder;
}

/** Links a package into the directory's `node_modules`. */
export function link(folder: string, name: string, target: string): void {
  const path = join(folder, 'node_modules', name);
  mkdirSync(dirname(path), { recursive: true });
  symlinkSync(target, path);
}

/** Writes each block with a caption to the file that the caption names. */
export function writeFiles(folder: string, blocks: readonly Block[]): void {
  for (const { caption, text } of blocks) {
    if (caption === undefined) continue;
    mkdirSync(dirname(join(folder, caption)), { recursive: true });
    writeFileSync(join(folder, caption), text);
  }
}

/** Creates a directory for the compiler, with the published declarations instead of those of an old build. */
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
  // The packages that the declarations of `./openfeature` and `./metrics` import; their users have them.
  for (const name of ['@openfeature', '@opentelemetry']) link(folder, name, join(root, 'node_modules', name));
  return folder;
}

/** The result of a compilation without errors. */
export const PASSED = { status: 0, stdout: '' };

/** Runs the TypeScript compiler in `folder`. */
export function tsc(folder: string, ...args: readonly string[]): { status: number | null; stdout: string } {
  const compiler = join(root, 'node_modules/typescript/bin/tsc');
  const { status, stdout } = spawnSync(process.execPath, [compiler, ...args], { cwd: folder, encoding: 'utf8' });
  return { status, stdout };
}
