/** The arguments of a load. Runs in the watcher thread. */
import type { Isolation } from '../../src/config/config.js';
import type { ValuesLimits } from '../../src/files/values-limits.js';
import type { NamespaceSchema } from '../../src/schema/namespace-schema.js';
import type { Guard } from './guard.js';
import type { LoadMemory } from './load-memory.js';
import type { Verdicts } from './verdicts.js';

/** The arguments of all loads. */
export interface LoadRequest {
  /** The base directory. */
  readonly directory: string;
  /** All namespaces. This order determines the indexes of their options. */
  readonly schemas: readonly NamespaceSchema[];
  /** Whether issues contain the types of values instead of the values. */
  readonly redact: boolean;
  /** Whether a bad file rejects the whole reload, or holds back its namespace only. */
  readonly isolation: Isolation;
  /** What one file may take; and the largest snapshot, in bytes. */
  readonly limits: ValuesLimits & { readonly payloadBytes: number };
  /** The verdicts on bytes that are not published. Each load uses them, and keeps only those on present bytes. */
  readonly verdicts: Verdicts;
  /** Judges values that are valid. */
  readonly guard: Guard;
  /** The memory that all loads share. Without it, all they need is new. */
  readonly memory?: LoadMemory | undefined;
  /** Called with the path of each file before it is opened. */
  readonly onFile: (path: string) => void;
  /** Called after each step of a file that may take long: the watcher works, and does not hang. */
  readonly onStep?: () => void;
}
