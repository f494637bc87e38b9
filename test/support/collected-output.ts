/** The output of a command, of which a test reads the warnings. */
import { Output } from '../../src/cli/terminal/output.js';

/** A warning, and the file that it is about, if it has no place. */
interface Warning {
  readonly message: string;
  readonly file: string | undefined;
}

/** Keeps warnings, and prints nothing. */
export class CollectedOutput extends Output {
  readonly warnings: Warning[] = [];

  constructor() {
    super({ isQuiet: true });
  }

  override warn(message: string, _fields: object = {}, file?: string): void {
    this.warnings.push({ message, file });
  }
}
