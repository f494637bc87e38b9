/** Builds a copy of the library with edits in its sources. For commands, and through `variant.ts` for tests. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** What a build reads. The lock file stands for the packages. */
const SOURCES = ['esbuild.config.mjs', 'package-lock.json', 'package.json', 'src', 'tsconfig.json', 'workers'];
const FIXTURES = 'test/fixtures';

/** The builds, by {@link hashSources}: each Node version that a machine tests needs the same ones. */
const BUILDS = join(ROOT, 'node_modules/.cache/variants');
const DAY_MS = 86_400_000;

/** Copies the library to `directory`, applies `edits`, and builds it, unless an earlier run has. */
export async function makeVariant(directory, edits) {
  for (const path of [...SOURCES, FIXTURES]) cpSync(join(ROOT, path), join(directory, path), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(directory, 'node_modules'));
  for (const [file, text] of applyEdits(edits)) writeFileSync(join(directory, file), text);
  const built = join(BUILDS, hashSources(directory));
  const dist = join(directory, 'dist');
  if (existsSync(built)) {
    utimesSync(built, new Date(), new Date());
    cpSync(built, dist, { recursive: true });
  } else {
    await promisify(execFile)(process.execPath, ['esbuild.config.mjs', '--library'], { cwd: directory });
    keep(dist, built);
  }
}

/** Keeps a build for later runs, and removes those that no run has used for a day. */
function keep(dist, built) {
  mkdirSync(BUILDS, { recursive: true });
  for (const name of readdirSync(BUILDS)) {
    const { mtimeMs = Date.now() } = statSync(join(BUILDS, name), { throwIfNoEntry: false }) ?? {};
    if (Date.now() - mtimeMs > DAY_MS) rmSync(join(BUILDS, name), { recursive: true, force: true });
  }
  // Has a temporary name until it is complete: another process may make the same build.
  const unfinished = mkdtempSync(`${built}.`);
  cpSync(dist, unfinished, { recursive: true });
  try {
    renameSync(unfinished, built);
  } catch (error) {
    if (!existsSync(built)) throw error;
    rmSync(unfinished, { recursive: true });
  }
}

/** Returns a hash over the paths and the contents of all that a build of `directory` reads. */
export function hashSources(directory) {
  const hash = createHash('sha256');
  for (const file of SOURCES.flatMap((source) => listFiles(join(directory, source)))) {
    const content = readFileSync(file);
    hash.update(`${file.slice(directory.length)}\0${content.length}\0`).update(content);
  }
  return hash.digest('hex');
}

function listFiles(path) {
  if (!statSync(path).isDirectory()) return [path];
  const entries = readdirSync(path, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return entries.map((entry) => join(entry.parentPath, entry.name)).sort();
}

/** Returns the texts of the sources that `edits` change, by their paths. Throws unless each finds its place exactly once. */
export function applyEdits(edits) {
  const texts = new Map();
  for (const { file, from, to } of edits) {
    const parts = (texts.get(file) ?? readFileSync(join(ROOT, file), 'utf8')).split(from);
    if (parts.length !== 2)
      throw new Error(`${file} must contain this string once; got ${parts.length - 1} times: ${from}`);
    texts.set(file, parts.join(to));
  }
  return texts;
}
