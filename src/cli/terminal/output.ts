/**
 * What a command prints: data on stdout; all that is said beside it on stderr, a line ` INFO`, ` WARN` or `ERROR` each.
 */
import { escapeControlCharsInLines } from '../../common/text.js';

/** What is added to a message, as `key=value`. */
type Fields = Readonly<Record<string, string | number>>;

type Level = 'INFO' | 'WARN' | 'ERROR';

/** Where the messages come from. */
const SOURCE = 'sentry-options';

const COLORS: Readonly<Record<Level, number>> = { INFO: 32, WARN: 33, ERROR: 31 };

/** The output of one command. */
export class Output {
  /** Whether {@link info} says nothing. */
  readonly isQuiet: boolean;

  /** @param isQuiet whether {@link info} says nothing */
  constructor({ isQuiet }: { readonly isQuiet: boolean }) {
    this.isQuiet = isQuiet;
  }

  /**
   * Writes data to stdout. A reader that has gone (`| head`) is no error.
   *
   * @throws the system's error where stdout cannot be written to otherwise
   */
  async data(text: string): Promise<void> {
    await writeTo(process.stdout, text);
  }

  /** Says what was done. */
  info(message: string, fields: Fields = {}): void {
    if (!this.isQuiet) log('INFO', message, fields);
  }

  /** Says what may be wrong, and does not stop the command. */
  warn(message: string, fields: Fields = {}): void {
    log('WARN', message, fields);
  }

  /** Says what is wrong, and that the command ends with 1. */
  error(message: string, fields: Fields = {}): void {
    log('ERROR', message, fields);
  }
}

/** Writes `text` to one of this process's streams as it is; see {@link Output.data}. */
export async function writeTo(stream: NodeJS.WriteStream, text: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const onError = (error: NodeJS.ErrnoException): void => {
      if (error.code === 'EPIPE') resolve();
      else reject(error);
    };
    // The error comes twice: to the callback, and as an event, which would end the process if nobody listened.
    if (stream.listenerCount('error') === 0) stream.on('error', () => {});
    stream.write(text, (error) => (error ? onError(error) : resolve()));
  });
}

/**
 * Whether `stream` is to be coloured: a terminal, and nobody has set NO_COLOR.
 *
 * @see https://no-color.org
 */
function hasColors(stream: NodeJS.WriteStream): boolean {
  return stream.isTTY === true && !process.env.NO_COLOR && process.env.TERM !== 'dumb';
}

function log(level: Level, message: string, fields: Fields): void {
  const colours = hasColors(process.stderr);
  const style = (code: number, text: string): string => (colours ? `\u001B[${code}m${text}\u001B[0m` : text);
  const extra = Object.entries(fields).map(
    ([key, value]) =>
      ` ${style(3, key)}${style(2, '=')}${escapeControlCharsInLines(`${value}`).replaceAll('\n', '\\n')}`,
  );
  const head = `${style(COLORS[level], level.padStart(5))} ${style(2, `${SOURCE}:`)}`;
  // Nobody waits for it: there is nowhere left to say that stderr is gone.
  writeTo(process.stderr, `${head} ${escapeControlCharsInLines(message)}${extra.join('')}\n`).catch(() => {});
}
