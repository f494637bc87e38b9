/** Checks and compares two versions of the schemas. Runs in the command line's main thread, or in a thread of its own. */
import { CommandErrors } from '../terminal/errors.js';
import { Output } from '../terminal/output.js';
import type { CommittedSchema } from './committed.js';
import { type Comparison, compareVersions } from './compare.js';
import { readVersions } from './versions.js';

/** What was found in valid schemas. */
export interface ChangeReport extends Comparison {
  readonly warnings: readonly string[];
}

/** A report, or the issues of invalid schemas. Plain data, since it crosses threads. */
export type CheckResult = ChangeReport | { readonly messages: readonly string[] };

/** Compares the schemas of two versions, the older one first, or returns the issues of the schemas. */
export function compareSchemas(
  versions: readonly (readonly CommittedSchema[])[],
  names: readonly string[],
): CheckResult {
  const warnings: string[] = [];
  try {
    const [base = new Map(), head = new Map()] = readVersions(versions, new WarningList(warnings));
    return { ...compareVersions(base, head, names), warnings };
  } catch (error) {
    if (error instanceof CommandErrors) return { messages: error.messages };
    throw error;
  }
}

/** Collects the warnings, since only the main thread prints. */
class WarningList extends Output {
  readonly #warnings: string[];

  constructor(warnings: string[]) {
    super({ isQuiet: false });
    this.#warnings = warnings;
  }

  override warn(message: string): void {
    this.#warnings.push(message);
  }
}
