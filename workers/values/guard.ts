/** Judges valid values before they are published: whether they are suspicious. Runs in the watcher thread. */
import { SegmentView } from '../../src/codec/compare.js';
import type { EncodedSnapshot } from '../../src/codec/decode.js';
import type { OptionValue } from '../../src/common/value.js';
import type { SuspiciousReload } from '../../src/config/config.js';
import { makePatternFlagId, type OptionId } from '../../src/names/option-id.js';
import { findOption, type NamespaceSchema } from '../../src/schema/namespace-schema.js';
import { findSuspicion, type SetValues, type Suspicion } from '../../src/schema/suspicious-change.js';

/** New values of one namespace. */
interface NewValues {
  readonly schema: NamespaceSchema;
  /** The published values of the namespace. */
  readonly before: SetValues;
  readonly values: ReadonlyMap<string, OptionValue>;
  /** The hash of their file; null if there is no file. */
  readonly hash: string | null;
}

/** Remembers which suspicious files a person has accepted. */
export class Guard {
  /** Whether suspicious values are held back until somebody accepts them. */
  readonly holds: boolean;
  /**
   * The hash of the accepted file of each namespace, until the file changes: the same file, such as a blank one, may be a
   * mistake another time.
   */
  readonly #accepted = new Map<string, string | null>();

  constructor(policy: SuspiciousReload) {
    this.holds = policy === 'hold';
  }

  /** Forgets what was accepted of a namespace, unless it is the file with this hash, which a load has found. */
  forgetOthers(namespace: string, hash: string | null): void {
    if (this.#accepted.get(namespace) !== hash) this.#accepted.delete(namespace);
  }

  /** Returns why new values are suspicious; undefined if they are not, or are accepted now, or were before. */
  judge({ schema, before, values, hash }: NewValues, accepts: boolean): Suspicion | undefined {
    const { namespace } = schema;
    if (this.#accepted.get(namespace) === hash) return undefined;
    const suspicion = findSuspicion(before, values, (name) => findOption(schema, name)?.isFlag === true);
    if (suspicion === undefined || !accepts) return suspicion;
    this.#accepted.set(namespace, hash);
    return undefined;
  }
}

/** Returns the values of the namespace number `ordinal` that `snapshot` sets. Decodes each value when it is read. */
export function readSetValues(
  schemas: readonly NamespaceSchema[],
  ordinal: number,
  snapshot: EncodedSnapshot,
): SetValues {
  const schema = schemas[ordinal] as NamespaceSchema;
  const first = schemas.slice(0, ordinal).reduce((sum, { options }) => sum + options.size, 0);
  const segment = snapshot.segment(ordinal);
  const view = new SegmentView(segment);
  const ids = new Map<string, OptionId>();
  for (const [place, name] of [...schema.options.keys()].entries()) {
    if (view.isset(place)) ids.set(name, first + place);
  }
  for (const flag of segment.patternFlags) ids.set(flag, makePatternFlagId(ordinal, flag));
  return {
    keys: () => ids.keys(),
    get(name) {
      const id = ids.get(name);
      return id === undefined ? undefined : snapshot.decode(id);
    },
  };
}
