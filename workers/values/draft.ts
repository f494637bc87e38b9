/**
 * One load in the making: what it has found, namespace by namespace. Runs in the watcher thread. Parses, validates,
 * encodes and forgets one file at a time, so that memory peaks at one file's tree, not at the trees of all files (8 MiB
 * of `{},{},…` parse to 174 MB).
 */
import { measureFrame, measureSegment } from '../../src/codec/compose.js';
import { EncodedSnapshot } from '../../src/codec/decode.js';
import type { EncodedSegment } from '../../src/codec/frame.js';
import type { Issue } from '../../src/common/errors.js';
import type { OptionValue } from '../../src/common/value.js';
import { checkValues } from '../../src/schema/check-values.js';
import type { NamespaceSchema } from '../../src/schema/namespace-schema.js';
import { encodeNamespace } from '../../src/schema/share-schemas.js';
import { composeFirst, composeReload } from './changes.js';
import { IssueList } from './issue-list.js';
import type { Place } from './places.js';
import type { LoadRequest } from './request.js';
import type { Loaded, LoadedNamespace, LoadResult, Published, TooLarge } from './results.js';
import { NO_NAMES, summarizeNames } from './unknown-names.js';

/** A values file that was read, or that does not exist. */
export interface NamespaceFile {
  readonly file: string;
  /** Undefined if there is no file. */
  readonly bytes: Uint8Array | undefined;
  /** SHA-256 of the bytes, in hex; null if there is no file. */
  readonly hash: string | null;
  readonly places: readonly Place[];
}

/** What is known of a namespace whose file has no issue. */
interface Entry {
  /** The size of its file, in bytes. */
  readonly bytes: number;
  /** The size of its encoded values, in bytes; 0 if that is not known. */
  readonly size: number;
  /** Undefined if only the verdict is known. */
  readonly loaded?: LoadedNamespace;
  /** Its values; undefined if they are the published ones, or were not encoded. */
  readonly segment?: EncodedSegment;
}

export class Draft {
  readonly #request: LoadRequest;
  readonly #published: Published | undefined;
  readonly #snapshot: EncodedSnapshot | undefined;
  /** By the namespace's place in the catalog. */
  readonly #entries: (Entry | undefined)[];
  readonly #issues = new IssueList();
  #mayChange = false;
  /** The size of the snapshot, in bytes, as far as it is known. */
  #size: number;

  /** @param published the published snapshot; undefined if there is none */
  constructor(request: LoadRequest, published: Published | undefined) {
    const { schemas } = request;
    const optionCount = schemas.reduce((sum, { options }) => sum + options.size, 0);
    const shape = { namespaceCount: schemas.length, optionCount };
    this.#request = request;
    this.#published = published;
    this.#snapshot = published && new EncodedSnapshot(published.payload, shape);
    this.#entries = new Array<undefined>(schemas.length).fill(undefined);
    this.#size = measureFrame(shape);
  }

  /** Whether nothing speaks against a publication so far. Otherwise, the rest is only validated. */
  get isPublishable(): boolean {
    return this.#issues.isEmpty && this.#size <= this.#request.limits.payloadBytes;
  }

  /** The files that were not parsed because they are known to be valid. To publish them, add them again. */
  get postponed(): readonly number[] {
    return [...this.#entries.keys()].filter((ordinal) => {
      const entry = this.#entries[ordinal];
      return entry !== undefined && entry.loaded === undefined;
    });
  }

  /** Adds a file that cannot be read, for a reason that lies in the file. */
  reject(issue: Issue, mayChange: boolean): void {
    this.#issues.add([issue]);
    this.#mayChange ||= mayChange;
    this.#request.verdicts.forget(issue.namespace);
  }

  /** Adds the file of the namespace number `ordinal`. */
  add(ordinal: number, file: NamespaceFile): void {
    const found = this.#keep(ordinal, file) ?? this.#recall(ordinal, file) ?? this.#load(ordinal, file);
    const entry = found === 'invalid' ? undefined : found;
    this.#size += (entry?.size ?? 0) - (this.#entries[ordinal]?.size ?? 0);
    this.#entries[ordinal] = entry;
  }

  /** Returns the result, once all files are added. */
  finish(): LoadResult {
    if (!this.#issues.isEmpty) {
      return { kind: 'invalid', issues: this.#issues.toArray(), mayChange: this.#mayChange };
    }
    const { limits, verdicts } = this.#request;
    if (!this.isPublishable) return this.#reportSize(limits.payloadBytes, false);
    const namespaces = this.#collect(({ loaded }) => loaded as LoadedNamespace);
    const segments = this.#entries.map((entry) => entry?.segment);
    verdicts.clear();
    if (this.#published !== undefined && segments.every((segment) => segment === undefined)) {
      return { kind: 'unchanged', namespaces };
    }
    // step:finish
    try {
      return { kind: 'loaded', ...this.#compose(segments), namespaces };
    } catch (error) {
      if (!isOutOfMemory(error)) throw error;
      return this.#reportSize(this.#published?.payload.length ?? 0, true);
    }
  }

  /** Keeps what is published of a file with the same bytes. */
  #keep(ordinal: number, { hash, places }: NamespaceFile): Entry | undefined {
    const { namespace } = this.#schemaOf(ordinal);
    const loaded = this.#published?.namespaces.get(namespace);
    if (loaded === undefined || loaded.hash !== hash) return undefined;
    this.#request.verdicts.forget(namespace);
    const segment = this.#snapshot?.segment(ordinal);
    return {
      bytes: loaded.bytes,
      size: segment === undefined ? 0 : measureSegment(segment),
      loaded: { ...loaded, places },
    };
  }

  /** Uses the verdict of the last rejected load on the same bytes. */
  #recall(ordinal: number, { bytes, hash }: NamespaceFile): Entry | 'invalid' | undefined {
    const { namespace } = this.#schemaOf(ordinal);
    const isPostponed = this.#entries[ordinal] !== undefined;
    if (bytes === undefined || hash === null || isPostponed) return undefined;
    const verdict = this.#request.verdicts.recall(namespace, hash, this.#issues.detail);
    if (verdict === undefined) return undefined;
    if (verdict.isValid) return { bytes: bytes.length, size: verdict.size };
    this.#addIssues(namespace, hash, verdict.issues, verdict.mayChange);
    return 'invalid';
  }

  /** Parses, validates and encodes a file. */
  #load(ordinal: number, { file, bytes, hash, places }: NamespaceFile): Entry | 'invalid' {
    const schema = this.#schemaOf(ordinal);
    const { redact, limits, onStep, verdicts } = this.#request;
    if (bytes === undefined || hash === null) {
      verdicts.forget(schema.namespace);
      return { bytes: 0, loaded: describeMissing(places), ...this.#encode(schema, NO_VALUES) };
    }
    const checked = checkValues(schema, file, bytes, { redact, limits });
    onStep?.();
    if (!checked.ok) {
      this.#addIssues(schema.namespace, hash, checked.issues, checked.isMalformed);
      return 'invalid';
    }
    const encoded = this.#encode(schema, checked.values);
    verdicts.keep(schema.namespace, hash, { isValid: true, size: encoded.size });
    const { generatedAt, generatedAtIssue, unknown } = checked;
    const loaded = {
      hash,
      bytes: bytes.length,
      generatedAt,
      generatedAtIssue,
      unknown: summarizeNames(unknown),
      places,
    };
    return { bytes: bytes.length, loaded, ...encoded };
  }

  #encode(schema: NamespaceSchema, values: ReadonlyMap<string, OptionValue>): Pick<Entry, 'size' | 'segment'> {
    if (!this.isPublishable) return { size: 0 };
    const segment = encodeNamespace(schema, values);
    return { size: measureSegment(segment), segment };
  }

  #addIssues(namespace: string, hash: string, issues: readonly Issue[], mayChange: boolean): void {
    const { detail } = this.#issues;
    const listed = this.#issues.add(issues);
    this.#request.verdicts.keep(namespace, hash, { isValid: false, issues: listed, detail, mayChange });
    this.#mayChange ||= mayChange;
  }

  #compose(segments: readonly (EncodedSegment | undefined)[]): Pick<Loaded, 'payload' | 'changes'> {
    const [published, snapshot] = [this.#published, this.#snapshot];
    if (published === undefined || snapshot === undefined) return composeFirst(segments as readonly EncodedSegment[]);
    return composeReload(this.#request.schemas, segments, { generation: published.generation, snapshot });
  }

  #reportSize(limit: number, isTransient: boolean): TooLarge {
    const namespaces = this.#collect(({ bytes }) => ({ bytes }));
    return { kind: 'too-large', size: this.#size, limit, isTransient, namespaces };
  }

  /** Makes a map by namespace, in the catalog's order. */
  #collect<T>(describe: (entry: Entry) => T): Map<string, T> {
    const entries = this.#request.schemas.flatMap(({ namespace }, ordinal): [string, T][] => {
      const entry = this.#entries[ordinal];
      return entry === undefined ? [] : [[namespace, describe(entry)]];
    });
    return new Map(entries);
  }

  #schemaOf(ordinal: number): NamespaceSchema {
    return this.#request.schemas[ordinal] as NamespaceSchema;
  }
}

const NO_VALUES: ReadonlyMap<string, OptionValue> = new Map();

/** Describes a namespace without a values file. */
export function describeMissing(places: readonly Place[]): LoadedNamespace {
  return { hash: null, bytes: 0, generatedAt: undefined, generatedAtIssue: undefined, unknown: NO_NAMES, places };
}

/** Whether the system granted no memory for an array. V8 ends the thread if its own heap is exhausted. */
export function isOutOfMemory(error: unknown): boolean {
  return error instanceof RangeError && error.message.includes('allocation failed');
}
