/** Compares the versions of this library in services with the command line's. Runs in the command line's main thread. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import manifest from '../../../package.json' with { type: 'json' };
import { formatText } from '../../common/text.js';
import { CommandError, CommandErrors } from '../terminal/errors.js';
import type { Output } from '../terminal/output.js';

const { name: NAME, version: OWN_VERSION } = manifest;

/** The package's folder, relative to a directory, and its key in a lockfile. */
const FOLDER = `node_modules/${NAME}`;

/** npm's lockfiles; of two in a directory, npm uses the first. Those of other package managers have other forms. */
const LOCKFILES = ['npm-shrinkwrap.json', 'package-lock.json'];

/** A file that names the version of this library that a service has. */
interface Found {
  readonly file: string;
  readonly version: string;
}

/**
 * Checks the services in `directories`: what is installed there, and what npm's lockfile names.
 *
 * @throws {CommandErrors} if a service has another version than this command line, or no version was found
 */
export function checkVersion(directories: readonly string[], output: Output): void {
  const issues = directories.flatMap((directory) => {
    try {
      return checkDirectory(directory, output);
    } catch (error) {
      if (error instanceof CommandError) return error.message;
      throw error;
    }
  });
  if (issues.length > 0) throw new CommandErrors(issues);
  output.info('Version check successful', { version: OWN_VERSION, directories: directories.length });
}

/** Returns what is wrong with the versions of one service. */
function checkDirectory(directory: string, output: Output): readonly string[] {
  const found = findVersions(directory);
  if (found.length === 0) return [describeNone(directory)];
  for (const { file, version } of found) output.info('Found a version', { version, file });
  const others = [...new Set(found.map(({ version }) => version))].filter((version) => version !== OWN_VERSION);
  return others.map((version) => describeOther(version, found));
}

function describeNone(directory: string): string {
  return (
    `${directory} has no ${NAME}: neither ${FOLDER} nor a ${LOCKFILES[1]} that lists it, up to the root of the ` +
    'repository. Install the dependencies first, or pass the directory of the service'
  );
}

function describeOther(version: string, found: readonly Found[]): string {
  const files = found.filter((it) => it.version === version).map(({ file }) => file);
  const shown = formatText(version);
  return (
    `${files.join(' and ')}: the version is ${shown}, but this command line is ${OWN_VERSION}. ` +
    `A service may reject what another version accepts. Run \`npx ${NAME}@${shown}\`, or install ` +
    `${NAME}@${OWN_VERSION} in the service`
  );
}

/** Returns the version that Node.js would load in `directory`, and the version that npm would install there. */
function findVersions(directory: string): readonly Found[] {
  if (statSync(directory, { throwIfNoEntry: false })?.isDirectory() !== true) {
    throw new CommandError(`${directory} must be the directory of a service`);
  }
  const parents = listParents(resolve(directory));
  const files = parents.map((parent) => join(parent, FOLDER, 'package.json'));
  const installed = files.find((file) => existsSync(file));
  const locked = findLocked(parents);
  return [
    ...(installed === undefined ? [] : [{ file: formatPath(installed), version: readVersion(installed) }]),
    ...(locked === undefined ? [] : [locked]),
  ];
}

/** Returns `directory` and its parents, nearest first, up to the root of its repository. */
function listParents(directory: string): readonly string[] {
  const parent = dirname(directory);
  const isLast = parent === directory || existsSync(join(directory, '.git'));
  return [directory, ...(isLast ? [] : listParents(parent))];
}

function readVersion(file: string): string {
  const { version } = readJson(file) as { readonly version?: unknown };
  if (typeof version === 'string') return version;
  throw new CommandError(`${formatPath(file)} must have a version. Install the dependencies again`);
}

/** A package in a lockfile, unchecked. One that is only a link, as a workspace, has its version under the key `resolved`. */
interface LockedPackage {
  readonly version?: unknown;
  readonly link?: unknown;
  readonly resolved?: unknown;
}

/** Returns the version in the nearest lockfile that lists the package for the first of `parents`. */
function findLocked(parents: readonly string[]): Found | undefined {
  for (const [index, parent] of parents.entries()) {
    const name = LOCKFILES.find((candidate) => existsSync(join(parent, candidate)));
    if (name === undefined) continue;
    const file = join(parent, name);
    const { packages } = readJson(file) as {
      readonly packages?: Readonly<Record<string, LockedPackage | null>> | null;
    };
    // In the order in which Node.js searches them: a workspace may have a copy of its own.
    const keys = parents.slice(0, index + 1).map((at) => join(relative(parent, at), FOLDER).replaceAll('\\', '/'));
    const entry = keys.map((key) => packages?.[key]).find((candidate) => candidate !== undefined);
    const version = entry?.link === true ? packages?.[String(entry.resolved)]?.version : entry?.version;
    if (typeof version === 'string') return { file: formatPath(file), version };
  }
  return undefined;
}

function readJson(file: string): unknown {
  try {
    return Object(JSON.parse(readFileSync(file, 'utf8')));
  } catch (error) {
    throw new CommandError(`${formatPath(file)} cannot be read (${(error as Error).message})`, { cause: error });
  }
}

/** Returns a path for messages: relative to the current directory if the file is below it. */
function formatPath(file: string): string {
  const written = relative('', file);
  return written.startsWith('..') ? file : written;
}
