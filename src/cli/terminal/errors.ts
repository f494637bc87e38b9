/** The errors that end a command. Anything else that a command throws is a fault of this library. */

/** The command cannot do what it was asked for; exit code 1. The message says what, where, and what to do. */
export class CommandError extends Error {
  override readonly name: string = 'CommandError';
}

/** Several things are wrong, each of them told on its own; exit code 1. */
export class CommandErrors extends CommandError {
  override readonly name = 'CommandErrors';
  /** What is wrong, in the order in which it is told: at least one. */
  readonly messages: readonly string[];

  constructor(messages: readonly string[]) {
    super(messages.join('\n'));
    this.messages = messages;
  }
}

/** The command line itself is wrong; exit code 2. The message is all that is printed. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
