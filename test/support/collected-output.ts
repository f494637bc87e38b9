/** The output of a command, of which a test reads the warnings. */
import { Output } from '../../src/cli/terminal/output.js';

/** A warning, and the files that it is about, if it has no place. */
interface Warning {
  readonly message: string;
  readonly files: readonly string[];
}

/** Keeps warnings, and prints nothing. */
export class CollectedOutput extends Output {
  readonly warnings: Warning[] = [];

  constructor() {
    super({ isQuiet: true });
  }

  override warn(message: string, _fields: object = {}, files: readonly string[] = []): void {
    this.warnings.push({ message, files });
  }
}
