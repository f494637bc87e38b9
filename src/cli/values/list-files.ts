/**
 * Lists the files below a directory, apart from the files of expectations. Runs in the command line's main thread.
 *
 * A symbolic link counts as a file, by its own name and place, wherever it leads: so that one file can be part of
 * several targets. A directory behind a link is never entered, which excludes circles.
 */
import { type Dirent, readdirSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import { escapeControlChars } from '../../common/text.js';
import { CommandError } from '../terminal/errors.js';
import { similarPaths } from '../terminal/similar-paths.js';

/** A file or a directory below a root. */
export interface Found {
  readonly path: string;
  /** The names from the root to the file. */
  readonly relative: readonly string[];
}

/** What {@link listFilesBelow} adds to. */
interface Aside {
  /** An issue for each directory that cannot be read, by path. */
  readonly issues: Map<string, string>;
  /** The paths of sockets, FIFOs and the like. */
  readonly others: string[];
  /** The files of expectations; left out if undefined. */
  readonly tests?: Found[];
}

/** Says how a file must be named whose name says that it has expectations. */
export function adviseOnTests(path: string): string {
  const name = basename(path);
  const meant = name.replace(/(?:^|[._-])tests?\.yaml$/, '.test.yaml');
  if (meant === name) return '';
  return `; a file of expectations must be named *.test.yaml${meant === '.test.yaml' ? '' : `, as ${meant}`}`;
}

/** Whether a file has expectations, for `sentry-options test`. It lies beside values, and has none. */
export function isTestFile(name: string): boolean {
  return name.endsWith('.test.yaml');
}

/**
 * Lists all regular files and symbolic links below `root`, sorted by path; only the root if it is not a directory. Files of
 * expectations are not among them.
 *
 * @throws {CommandError} if the root cannot be read
 */
export function listFilesBelow(root: string, { issues, others, tests }: Aside): readonly Found[] {
  const found: Found[] = [];
  if (!isDirectory(root)) return [{ path: root, relative: [] }];
  // No recursion: directories may be nested as deeply as the length of a path allows.
  for (let pending: Found[] = [{ path: root, relative: [] }]; pending.length > 0; ) {
    const directories: Found[] = [];
    for (const directory of pending) {
      for (const entry of list(directory.path, root, issues)) {
        const path = `${directory.path.replace(/\/$/, '')}/${entry.name}`;
        const child = { path, relative: [...directory.relative, entry.name] };
        if (entry.isDirectory()) directories.push(child);
        else if (isTestFile(entry.name)) tests?.push(child);
        else if (entry.isFile() || entry.isSymbolicLink()) found.push(child);
        else others.push(path);
      }
    }
    pending = directories;
  }
  return found.sort((a, b) => (a.path < b.path ? -1 : 1));
}

function isDirectory(root: string): boolean {
  try {
    return statSync(root).isDirectory();
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const [similar] = similarPaths(root);
    const hint = similar === undefined ? 'correct the path' : `did you mean ${similar}?`;
    const issue = code === 'ENOENT' ? `does not exist; ${hint}` : `cannot be read (${message})`;
    throw new CommandError(escapeControlChars(`The values directory ${root} ${issue}`));
  }
}

function list(path: string, root: string, issues: Map<string, string>): readonly Dirent[] {
  try {
    return readdirSync(path, { withFileTypes: true });
  } catch (error) {
    const message = `${path} cannot be read (${(error as Error).message})`;
    if (path === root) throw new CommandError(message);
    issues.set(path, message);
    return [];
  }
}
