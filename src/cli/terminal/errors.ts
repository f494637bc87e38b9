/** The errors that end a command. Any other error that a command throws is a bug of this library. Pure. */

import type { Position } from '../../files/text-position.js';

/** The command failed or rejected its input; exit code 1. The message says what is wrong, where, and what to do. */
export class CommandError extends Error {
  override readonly name: string = 'CommandError';
  /** The exit code of the command line. */
  readonly exitCode: number = 1;
}

/** A program that a command runs cannot be started; exit code 126 or 127, as that of a shell. */
export class ProgramError extends CommandError {
  override readonly name = 'ProgramError';
  override readonly exitCode: number;

  /** @param exists whether the program is there, and cannot be executed */
  constructor(message: string, exists: boolean, options?: ErrorOptions) {
    super(message, options);
    this.exitCode = exists ? 126 : 127;
  }
}

/** An error that is about a whole file, or about places that its message names. */
export interface FileError {
  readonly message: string;
  readonly file: string;
  /** The places of which each is to be shown the message; undefined for the whole file. */
  readonly places?: readonly FilePlace[];
}

/** A place in a file. */
export interface FilePlace extends Position {
  readonly file: string;
}

/** Several errors, each printed as a message of its own; exit code 1. */
export class CommandErrors extends CommandError {
  override readonly name = 'CommandErrors';
  /** The messages in the order of output; at least one. */
  readonly messages: readonly string[];
  readonly errors: readonly (string | FileError)[];

  /** @param summary printed last, and no issue itself: how many issues there are */
  constructor(errors: readonly (string | FileError)[], summary?: string) {
    const messages = errors.map((error) => (typeof error === 'string' ? error : error.message));
    if (summary !== undefined) messages.push(summary);
    super(messages.join('\n'));
    this.messages = messages;
    this.errors = errors;
  }
}

/** Makes an error for an option that only some uses of a command require, which the parser cannot know. */
export function missingOption(message: string): UsageError {
  return new UsageError(`error: ${message}\n\nFor more information, try '--help'.`);
}

/** The command line itself is wrong; exit code 2. Only the message is printed, without a level or a prefix. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** The command ends with the exit code of a program that it ran, and prints nothing: the program has said why. */
export class ExitCode extends Error {
  override readonly name = 'ExitCode';
  readonly code: number;

  constructor(code: number) {
    super(`exit code ${code}`);
    this.code = code;
  }
}
