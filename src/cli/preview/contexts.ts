/** Reads the contexts of a JSONL file. Runs in the command line's main thread. */
import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import type { ContextData } from '../../features/feature-context.js';
import { CommandError } from '../terminal/errors.js';

/** The maximum length of a line, in characters: far more than a service would evaluate a flag for. */
const MAX_LINE = 1_048_576;

const ONE_EACH = "Write one object on each line; of an array, `jq -c '.[]'` does";

/** A context, and where it is. */
export interface ContextLine {
  readonly line: number;
  readonly data: ContextData;
}

/**
 * Yields the contexts of the file at `path`, a JSON object for each line that is not empty; `-` is stdin. Yields many at
 * once: an asynchronous step for each would take longer than its evaluation.
 *
 * @throws {CommandError} if the file cannot be read, or a line is no JSON object
 */
export async function* readContexts(path: string): AsyncGenerator<readonly ContextLine[]> {
  const stream: Readable = path === '-' ? process.stdin : createReadStream(path, { highWaterMark: 1_048_576 });
  const decoder = new StringDecoder('utf8');
  let rest = '';
  let line = 0;
  try {
    for await (const chunk of stream) {
      const lines = (rest + decoder.write(chunk as Buffer)).split('\n');
      rest = lines.pop() as string;
      if (rest.length > MAX_LINE) throw new CommandError(`${path}:${line + lines.length + 1}: the line is too long`);
      yield parseLines(lines, line, path);
      line += lines.length;
    }
    yield parseLines([rest + decoder.end()], line, path);
  } catch (error) {
    if (error instanceof CommandError || !(error instanceof Error && 'syscall' in error)) throw error;
    throw new CommandError(`Cannot read ${path}: ${error.message}`, { cause: error });
  }
}

function parseLines(lines: readonly string[], before: number, path: string): readonly ContextLine[] {
  const contexts: ContextLine[] = [];
  for (const [index, text] of lines.entries()) {
    if (text.trim() === '') continue;
    const line = before + index + 1;
    let data: unknown;
    try {
      data = JSON.parse(text);
    } catch (error) {
      // The one on this line is an object; others are lines of one that spans many, or of another format, such as CSV.
      const hint = !text.startsWith('{') ? `. ${ONE_EACH}` : '';
      throw new CommandError(`${path}:${line}: ${(error as Error).message}${hint}`, { cause: error });
    }
    if (typeof data !== 'object' || data === null || Array.isArray(data)) {
      throw new CommandError(`${path}:${line}: a context must be a JSON object, such as {"user_id": 7}. ${ONE_EACH}`);
    }
    contexts.push({ line, data: data as ContextData });
  }
  return contexts;
}
