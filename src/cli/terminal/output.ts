/** Prints data to stdout and messages to stderr, each with its level: ` INFO`, ` WARN` or `ERROR`. */
import { escapeControlCharsInLines } from '../../common/text.js';
import { formatAnnotation } from './annotations.js';
import { CommandError, type FileError } from './errors.js';
import { type CommandIssue, splitMessage } from './issues.js';

/** Fields that are appended to a message as `key=value`. */
type Fields = Readonly<Record<string, string | number>>;

type Level = 'INFO' | 'WARN' | 'ERROR';

/** The name that messages begin with, after the level. */
const SOURCE = 'sentry-options';

/** The number of characters that are written at once, at least. */
const PART_LENGTH = 65_536;

const COLORS: Readonly<Record<Level, number>> = { INFO: 32, WARN: 33, ERROR: 31 };

/** The output of one command. Escapes control characters in messages and in data: names and values may hold any. */
export class Output {
  /** Whether {@link info} prints nothing. */
  readonly isQuiet: boolean;
  /** The warnings and errors so far. */
  readonly issues: CommandIssue[] = [];
  /** Whether issues are printed as annotations for GitHub Actions, too. */
  readonly #isAnnotated: boolean;

  constructor({ isQuiet, isAnnotated = false }: { readonly isQuiet: boolean; readonly isAnnotated?: boolean }) {
    this.isQuiet = isQuiet;
    this.#isAnnotated = isAnnotated;
  }

  /**
   * Writes lines or JSON to stdout. In JSON, an escaped character is the same character. A reader that closed its end of
   * the pipe (`| head`) is not an error.
   *
   * @throws {CommandError} if stdout cannot be written to for another reason
   */
  async data(text: string): Promise<void> {
    await writeTo(process.stdout, escapeControlCharsInLines(text));
  }

  /** Whether stdout is a terminal, so that a person reads what a program would read otherwise. */
  get isTerminal(): boolean {
    return process.stdout.isTTY === true;
  }

  /** Writes the content of a file to stdout, exactly as it is; but as {@link data} does if stdout is a terminal. */
  async file(text: string): Promise<void> {
    if (this.isTerminal) await this.data(text);
    else await writeTo(process.stdout, text);
  }

  /** Writes a text of any length to stdout, in parts that each fit in memory, as {@link file} does. */
  async parts(parts: Iterable<string>): Promise<void> {
    let pending = '';
    for (const part of parts) {
      pending += part;
      if (pending.length < PART_LENGTH) continue;
      await this.file(pending);
      pending = '';
    }
    await this.file(pending);
  }

  /** Prints what was done, unless the command is quiet. */
  info(message: string, fields: Fields = {}): void {
    if (!this.isQuiet) log('INFO', message, fields);
  }

  /**
   * Prints what may be wrong. Does not change the exit code.
   *
   * @param files what the warning is about, if it has no place
   */
  warn(message: string, { place, ...fields }: Fields = {}, files: readonly string[] = []): void {
    log('WARN', message, place === undefined ? fields : { ...fields, place });
    const extra = Object.entries(fields).map(([key, value]) => ` ${key}=${value}`);
    const where = place === undefined ? '' : ` (${place})`;
    const text = `${message}${extra.join('')}${where}`;
    if (files.length === 0) this.report('warning', text);
    for (const file of files) this.report('warning', { message: text, file });
  }

  /** Notes an issue, and writes it to stderr as an annotation, if that is asked for; without the message itself. */
  report(severity: CommandIssue['severity'], error: string | FileError): void {
    const { message, file, places }: Partial<FileError> & { message: string } =
      typeof error === 'string' ? { message: error } : error;
    const issues: readonly CommandIssue[] =
      places === undefined
        ? splitMessage(severity, message, file)
        : places.map((place) => ({ severity, message, ...place }));
    this.issues.push(...issues);
    for (const issue of issues) this.annotate(issue.severity, issue);
  }

  /** An output without annotations, for what another command of a pipeline annotates: what `validate-values` warns of. */
  get withoutAnnotations(): Output {
    return new Output({ isQuiet: this.isQuiet });
  }

  /** Writes an annotation to stderr, if annotations are asked for. */
  annotate(...[level, subject]: Parameters<typeof formatAnnotation>): void {
    if (this.#isAnnotated) print(escapeControlCharsInLines(formatAnnotation(level, subject)));
  }

  /** Prints what is wrong. Does not end the command: throw a `CommandError` for that. */
  error(message: string, fields: Fields = {}): void {
    log('ERROR', message, fields);
  }
}

/** Writes `text` to stdout or stderr, unescaped; see {@link Output.data}. */
export async function writeTo(stream: NodeJS.WriteStream, text: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const onError = (error: NodeJS.ErrnoException): void => {
      if (error.code === 'EPIPE') {
        resolve();
        return;
      }
      const name = stream === process.stdout ? 'stdout' : 'stderr';
      reject(new CommandError(`${name} cannot be written to (${error.message})`, { cause: error }));
    };
    // Node reports the error twice: to the callback, and as an event, which ends the process if nothing listens to it.
    if (stream.listenerCount('error') === 0) stream.on('error', () => {});
    stream.write(text, (error) => (error ? onError(error) : resolve()));
  });
}

/**
 * Whether output to `stream` is colored: `stream` is a terminal, NO_COLOR is not set, and TERM is not `dumb`.
 *
 * @see https://no-color.org
 */
function hasColors(stream: NodeJS.WriteStream): boolean {
  return stream.isTTY === true && !process.env.NO_COLOR && process.env.TERM !== 'dumb';
}

function log(level: Level, message: string, fields: Fields): void {
  const isColored = hasColors(process.stderr);
  const style = (code: number, text: string): string => (isColored ? `\u001B[${code}m${text}\u001B[0m` : text);
  const extra = Object.entries(fields).map(
    ([key, value]) =>
      ` ${style(3, key)}${style(2, '=')}${escapeControlCharsInLines(`${value}`).replaceAll('\n', '\\n')}`,
  );
  const head = `${style(COLORS[level], level.padStart(5))} ${style(2, `${SOURCE}:`)}`;
  print(`${head} ${escapeControlCharsInLines(message)}${extra.join('')}\n`);
}

function print(text: string): void {
  // Not awaited, and its error is dropped: if stderr is gone, there is nowhere to report that.
  writeTo(process.stderr, text).catch(() => {});
}
