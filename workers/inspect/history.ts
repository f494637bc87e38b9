/** The last reloads, each with the old and new values of what it changed. Runs in the watcher thread. */
import type { EncodedSnapshot } from '../../src/codec/decode.js';
import { truncateBytes } from '../../src/common/text.js';
import type { OptionValue } from '../../src/common/value.js';
import { listCandidates } from '../../src/events/reload-event.js';
import type { OptionId } from '../../src/names/option-id.js';
import { describeValue } from '../../src/schema/describe-value.js';
import type { ChangeAnswer, ReloadAnswer } from '../../src/status/answers.js';
import type { ReloadStatus } from '../../src/status/record.js';
import type { Status } from '../../src/status/status.js';
import type { Reading, StoreView } from '../../src/view/view.js';

/** How many reloads are kept. */
const RELOADS = 20;
/** The most bytes of all changes that are kept, and of one value. */
const MAX_BYTES = 64 * 2 ** 10;
const MAX_VALUE_BYTES = 2 * 2 ** 10;

/** What one generation changed. */
interface Changes {
  readonly generation: number;
  readonly changes: readonly ChangeAnswer[];
  readonly bytes: number;
}

export class History {
  readonly #view: StoreView;
  readonly #showsValues: boolean;
  /** The newest last. */
  #reloads: readonly ReloadStatus[] = [];
  #changes: readonly Changes[] = [];
  /** When each known generation was published, RFC 3339. */
  readonly #times = new Map<number, string>();

  constructor(view: StoreView, showsValues: boolean) {
    this.#view = view;
    this.#showsValues = showsValues;
    const { appliedAt, generation, reloads } = view.status();
    this.#reloads = reloads;
    for (const reload of reloads) if (reload.generation !== null) this.#times.set(reload.generation, reload.at);
    if (appliedAt !== null) this.#times.set(generation, appliedAt);
  }

  /** Adds what differs between two readings. */
  addReading(previous: Reading | undefined, current: Reading): void {
    if (previous === undefined) return;
    const changes: ChangeAnswer[] = [];
    let bytes = 0;
    for (const id of listCandidates(this.#view.catalog, previous.snapshot, current.snapshot)) {
      const change = this.#describe(id, previous.snapshot, current.snapshot);
      const size = Buffer.byteLength(JSON.stringify(change));
      // Without its size: changes of more bytes are dropped as a whole.
      if (bytes + size > MAX_BYTES) break;
      bytes += size;
      changes.push(change);
    }
    this.#changes = [...this.#changes, { generation: current.generation, changes, bytes }].slice(-RELOADS);
    let total = 0;
    // Drops the oldest.
    this.#changes = [...this.#changes]
      .reverse()
      .filter((each) => {
        total += each.bytes;
        return total <= MAX_BYTES;
      })
      .reverse();
  }

  /** Adds the reloads that are in the status for the first time. */
  addReloads({ reloads }: Status): void {
    const last = this.#reloads.at(-1);
    const isKnown = (reload: ReloadStatus): boolean =>
      last !== undefined &&
      reload.at === last.at &&
      reload.generation === last.generation &&
      reload.error === last.error;
    const place = reloads.findLastIndex(isKnown);
    const added = reloads.slice(place + 1);
    this.#reloads = [...this.#reloads, ...added].slice(-RELOADS);
    for (const { generation, at } of added) if (generation !== null) this.#times.set(generation, at);
    const [oldest = 0] = [...this.#times.keys()].slice(-RELOADS - 1);
    for (const generation of this.#times.keys()) if (generation < oldest) this.#times.delete(generation);
  }

  /** Returns when a generation was published; null if that is too long ago. */
  timeOf(generation: number): string | null {
    return this.#times.get(generation) ?? null;
  }

  /** Lists the reloads, the newest first. */
  list(): ReloadAnswer[] {
    const changes = new Map(this.#changes.map((each) => [each.generation, each.changes]));
    return [...this.#reloads].reverse().map(({ at, reloadMs, generation, error, keyCount }) => ({
      at,
      reloadMs,
      generation,
      error,
      changes: (generation === null ? undefined : changes.get(generation)) ?? [],
      changeCount: keyCount,
    }));
  }

  #describe(id: OptionId, previous: EncodedSnapshot, current: EncodedSnapshot): ChangeAnswer {
    const name = this.#view.names.read((catalog) => {
      const namespace = catalog.namespaceOf(id);
      return { namespace: namespace.name, key: namespace.keyOf(id) };
    });
    return { ...name, old: this.#format(previous.decode(id)), new: this.#format(current.decode(id)) };
  }

  #format(value: OptionValue | undefined): string | null {
    if (value === undefined) return null;
    if (!this.#showsValues) return describeValue(value, true);
    return truncateBytes(JSON.stringify(value), MAX_VALUE_BYTES);
  }
}
