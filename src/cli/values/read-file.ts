/** Reads one YAML file, which may be a symbolic link. Runs in the command line's main thread. */
import { readlinkSync } from 'node:fs';
import { escapeControlChars } from '../../common/text.js';
import { FileError } from '../../files/file-error.js';
import { MAX_FILE_BYTES, readWhole } from '../../files/read.js';
import { type ParsedYaml, parseYaml } from '../yaml/parse.js';

/**
 * Reads and parses the file, or the file behind the link: a regular file of at most {@link MAX_FILE_BYTES}, wherever it
 * is. Returns a message if the file cannot be read.
 */
export function readYamlFile(path: string): ParsedYaml | { readonly issue: string } {
  try {
    return parseYaml(readWhole(path, MAX_FILE_BYTES).bytes);
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    const target = error.code === 'ENOENT' ? readLink(path) : undefined;
    const message = target === undefined ? error.message : `is a symbolic link to ${target}, which leads to no file`;
    return { issue: escapeControlChars(`${path} ${message}`) };
  }
}

/** Returns what the link contains; undefined if the file is no link, or is gone. */
function readLink(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}
