/**
 * The errors of file operations, by what they say about the file. Runs in the watcher, in tests and in the command line.
 */

/**
 * What an error says:
 *
 * - `file`: something about the file, such as that it does not exist. Holds until the file changes.
 * - `permission`: the process may not read the file. May end without any change of the file.
 * - `system`: nothing about the file: no descriptor or memory is free, or a disk or network fails. May end by itself.
 */
export type FileErrorKind = 'file' | 'permission' | 'system';

const FILE_CODES = new Set(['ENOENT', 'ENOTDIR', 'ELOOP', 'ENAMETOOLONG', 'EINVAL', 'EISDIR', 'ENXIO', 'ENODEV']);
const PERMISSION_CODES = new Set(['EACCES', 'EPERM', 'ERR_ACCESS_DENIED']);

/** A file cannot be read. `code` is the operating system's, if it has one. */
export class FileError extends Error {
  override readonly name = 'FileError';
  readonly code: string;
  readonly kind: FileErrorKind;

  constructor(code: string, message: string, options?: ErrorOptions & { readonly kind?: FileErrorKind }) {
    super(message, options);
    this.code = code;
    this.kind = options?.kind ?? classify(code);
  }
}

// An unknown code counts as the system's: whoever reads the file tries again, so no change can be missed.
function classify(code: string): FileErrorKind {
  if (FILE_CODES.has(code)) return 'file';
  return PERMISSION_CODES.has(code) ? 'permission' : 'system';
}

/**
 * Runs `operation` and converts what it throws.
 *
 * @throws {FileError} if `operation` throws
 */
export function tryOperation<T>(operation: () => T): T {
  try {
    return operation();
  } catch (cause) {
    const { code = 'UNKNOWN', message } = cause as NodeJS.ErrnoException;
    throw new FileError(code, `cannot be read (${message})`, { cause });
  }
}

/**
 * Runs `operation`. Returns undefined if it fails because of the file or a permission.
 *
 * @throws {FileError} of the kind `system` if it fails for another reason: that must not look like a missing file
 */
export function tryOptional<T>(operation: () => T): T | undefined {
  try {
    return tryOperation(operation);
  } catch (error) {
    if ((error as FileError).kind === 'system') throw error;
    return undefined;
  }
}
