/** Runs one command line and maps its errors to an exit code. Runs in the command line's main thread. */
import { CommanderError } from 'commander';
import { OptionsError } from '../common/errors.js';
import { escapeControlCharsInLines } from '../common/text.js';
import { createProgram } from './program.js';
import { CommandError, CommandErrors, ExitCode, UsageError } from './terminal/errors.js';
import { Output, writeTo } from './terminal/output.js';

/** The exit codes. */
const EXIT = { done: 0, failed: 1, usage: 2 } as const;

/**
 * Runs the command in `args`. Never throws.
 *
 * @returns the exit code: 0 done, even with warnings; 1 the command failed or rejected its input; 2 wrong usage; of `run`,
 *   that of the program, 126 if it cannot be executed, or 127 if it does not exist
 */
export async function run(args: readonly string[]): Promise<number> {
  const writes: Promise<void>[] = [];
  try {
    // The parser throws after help, too.
    await createProgram(writes)
      .parseAsync(args, { from: 'user' })
      .finally(() => Promise.all(writes));
    return EXIT.done;
  } catch (error) {
    if (error instanceof ExitCode) return error.code;
    return await printError(error);
  }
}

async function printError(error: unknown): Promise<number> {
  // Exit code 0: the user asked for help or the version. Otherwise commander printed help because no command was given.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
  if (error instanceof UsageError) {
    await writeTo(process.stderr, `${escapeControlCharsInLines(error.message)}\n`).catch(() => {});
    return EXIT.usage;
  }
  const output = new Output({ isQuiet: false });
  if (error instanceof CommandErrors) for (const message of error.messages) output.error(message);
  else if (error instanceof CommandError) output.error(error.message);
  else if (error instanceof OptionsError) output.error(error.message);
  else if (error instanceof Error && 'syscall' in error) {
    // A path is relative to it, or the start of git needs it.
    const isDeleted = error.syscall === 'uv_cwd';
    output.error(isDeleted ? 'The working directory was deleted. Change to another directory.' : error.message);
  } else
    output.error(
      `internal error; please report this bug in sentry-options: ${error instanceof Error ? error.stack : String(error)}`,
    );
  return error instanceof CommandError ? error.exitCode : EXIT.failed;
}
