/** Running one command line to its exit code. */
import { CommanderError } from 'commander';
import { escapeControlCharsInLines } from '../common/text.js';
import { createProgram } from './program.js';
import { CommandError, CommandErrors, UsageError } from './terminal/errors.js';
import { Output, writeTo } from './terminal/output.js';

/** How a command line ends. */
const EXIT = { done: 0, refused: 1, usage: 2 } as const;

/**
 * Runs the command that `args` say, and returns its exit code: 0 done, also with warnings; 1 refused; 2 wrong usage.
 * Never throws.
 */
export async function run(args: readonly string[]): Promise<number> {
  try {
    await createProgram().parseAsync(args, { from: 'user' });
    return EXIT.done;
  } catch (error) {
    return await printError(error);
  }
}

async function printError(error: unknown): Promise<number> {
  // Help or the version, which were asked for, or the help for want of a command.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
  if (error instanceof UsageError) {
    await writeTo(process.stderr, `${escapeControlCharsInLines(error.message)}\n`).catch(() => {});
    return EXIT.usage;
  }
  const output = new Output({ isQuiet: false });
  if (error instanceof CommandErrors) for (const message of error.messages) output.error(message);
  else if (error instanceof CommandError) output.error(error.message);
  else if (error instanceof Error && 'syscall' in error) output.error(error.message);
  else
    output.error(`this is a fault of sentry-options itself: ${error instanceof Error ? error.stack : String(error)}`);
  return EXIT.refused;
}
