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
import { valuesFile } from '../../src/config/base-directory.js';
import { checkValues } from '../../src/schema/check-values.js';
import type { NamespaceSchema } from '../../src/schema/namespace-schema.js';
import { encodeNamespace } from '../../src/schema/share-schemas.js';
import { describeSuspicion, type Suspicion } from '../../src/schema/suspicious-change.js';
import { composeFirst, composeReload } from './changes.js';
import { Entries, type Entry } from './entries.js';
import { Findings } from './findings.js';
import type { GoneVolume } from './gone-volumes.js';
import { readSetValues } from './guard.js';
import { addOutlook, describeGrowth } from './held.js';
import { describeMissing, isOutOfMemory, type NamespaceFile } from './namespace-file.js';
import type { LoadRequest } from './request.js';
import type { Loaded, LoadedNamespace, LoadResult, Published, TooLarge } from './results.js';
import { summarizeNames } from './unknown-names.js';

const NO_VALUES: ReadonlyMap<string, OptionValue> = new Map();

export class Draft {
  readonly #request: LoadRequest;
  readonly #published: Published | undefined;
  readonly #snapshot: EncodedSnapshot | undefined;
  /** Whether a person accepts values that are suspicious. */
  readonly #accepts: boolean;
  readonly #entries: Entries;
  readonly #findings: Findings;
  /** The namespaces that made the snapshot too large, by the place in the catalog: how many bytes more they need. */
  readonly #growths = new Map<number, number>();
  /** Why values are suspicious that are published all the same. */
  readonly #suspicions = new Map<string, Suspicion>();
  /** Whether files are added again, which must be parsed now. */
  #isSecondPass = false;

  /** Whether a bad file holds back its namespace only. Not in the first load: no namespace has good values yet. */
  readonly isIsolated: boolean;

  /** @param published the published snapshot; undefined if there is none */
  constructor(request: LoadRequest, published: Published | undefined, accepts: boolean) {
    const { schemas } = request;
    const optionCount = schemas.reduce((sum, { options }) => sum + options.size, 0);
    const shape = { namespaceCount: schemas.length, optionCount };
    this.#request = request;
    this.#published = published;
    this.#snapshot = published && new EncodedSnapshot(published.payload, shape);
    this.#accepts = accepts;
    this.isIsolated = request.isolation === 'namespace' && published !== undefined;
    this.#findings = new Findings(this.isIsolated);
    const entries = this.isIsolated ? schemas.map((_, ordinal) => this.#describePublished(ordinal)) : undefined;
    this.#entries = new Entries(schemas.length, measureFrame(shape), entries);
  }

  /** Whether nothing speaks against a publication so far. Otherwise, the rest is only validated. */
  get isPublishable(): boolean {
    return this.#findings.isPublishable && this.#entries.size <= this.#request.limits.payloadBytes;
  }

  /**
   * Lists the files that were not parsed because they are known to be valid, and those that are held back for their size
   * although they fit now. To publish them, add them again.
   */
  startSecondPass(): readonly number[] {
    this.#isSecondPass = true;
    const room = this.#request.limits.payloadBytes - this.#entries.size;
    const fitting = [...this.#growths].filter(([, growth]) => growth <= room).map(([ordinal]) => ordinal);
    return [...this.#entries.listPostponed(), ...fitting];
  }

  /** Adds a file that cannot be read, for a reason that lies in the file. */
  reject(issue: Issue, mayChange: boolean): void {
    this.#request.verdicts.forget(issue.namespace);
    this.#findings.add([issue], { cause: 'invalid', hash: undefined, mayChange });
  }

  /** Only if {@link isIsolated}: holds back a namespace whose file the system or a permission keeps from being read. */
  holdUnavailable(issue: Issue): void {
    this.#findings.add([addOutlook(issue)], { cause: 'unavailable', hash: undefined, mayChange: false });
  }

  /** Only if {@link isIsolated}: holds back a namespace whose volume is gone. */
  holdGone(gone: GoneVolume, reason: string): void {
    this.#findings.addGone(gone, reason);
  }

  /** Adds the file of the namespace number `ordinal`. */
  add(ordinal: number, file: NamespaceFile): void {
    this.#growths.delete(ordinal);
    this.#request.guard.forgetOthers(this.#schemaOf(ordinal).namespace, file.hash);
    const found = this.#keep(ordinal, file) ?? this.#recall(ordinal, file) ?? this.#load(ordinal, file);
    if (found === 'rejected') this.#entries.restore(ordinal);
    else this.#entries.set(ordinal, found);
    if (this.isIsolated) this.#makeFit();
  }

  /** Returns the result, once all files are added. */
  finish(): LoadResult {
    const { limits, verdicts } = this.#request;
    const rejection = this.#findings.toRejection();
    if (rejection !== undefined) return rejection;
    if (!this.isPublishable) return this.#reportSize(limits.payloadBytes, false);
    this.#addGrowths();
    const held = this.#findings.toHeldBack();
    const namespaces = this.#collect(({ loaded }) => loaded as LoadedNamespace);
    const segments = this.#entries.listSegments();
    verdicts.retain(held?.namespaces ?? new Map());
    if (this.#published !== undefined && segments.every((segment) => segment === undefined)) {
      return { kind: 'unchanged', namespaces, held };
    }
    // step:finish
    try {
      return { kind: 'loaded', ...this.#compose(segments), namespaces, held, suspicions: this.#suspicions };
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
    return { ...this.#describePublished(ordinal), loaded: { ...loaded, places } };
  }

  /** Describes what is published of a namespace. */
  #describePublished(ordinal: number): Entry {
    const { namespace } = this.#schemaOf(ordinal);
    const loaded = this.#published?.namespaces.get(namespace) as LoadedNamespace;
    const segment = this.#snapshot?.segment(ordinal);
    return { bytes: loaded.bytes, size: segment === undefined ? 0 : measureSegment(segment), loaded };
  }

  /** Uses the verdict of the last rejected load on the same bytes. */
  #recall(ordinal: number, { bytes, hash }: NamespaceFile): Entry | 'rejected' | undefined {
    const { namespace } = this.#schemaOf(ordinal);
    if (bytes === undefined || hash === null || this.#isSecondPass) return undefined;
    const verdict = this.#request.verdicts.recall(namespace, hash, this.#findings.detail);
    if (verdict === undefined) return undefined;
    if (verdict.isValid) return { bytes: bytes.length, size: verdict.size };
    if (verdict.cause === 'suspicious' && this.#accepts) return undefined;
    return this.#reject(hash, verdict.issues, verdict);
  }

  /** Parses, validates, judges and encodes a file. */
  #load(ordinal: number, { file, bytes, hash, places }: NamespaceFile): Entry | 'rejected' {
    const schema = this.#schemaOf(ordinal);
    const { redact, limits, onStep, verdicts } = this.#request;
    if (bytes === undefined || hash === null) {
      verdicts.forget(schema.namespace);
      if (this.#isHeld(ordinal, null, NO_VALUES)) return 'rejected';
      return { bytes: 0, loaded: describeMissing(places), ...this.#encode(schema, NO_VALUES) };
    }
    const checked = checkValues(schema, file, bytes, { redact, limits });
    onStep?.();
    if (!checked.ok) return this.#reject(hash, checked.issues, { cause: 'invalid', mayChange: checked.isMalformed });
    if (this.#isHeld(ordinal, hash, checked.values, checked.commit)) return 'rejected';
    const encoded = this.#encode(schema, checked.values);
    verdicts.keep(schema.namespace, hash, { isValid: true, size: encoded.size });
    const { generatedAt, generatedAtIssue, commit, unknown } = checked;
    const loaded = {
      hash,
      bytes: bytes.length,
      generatedAt,
      generatedAtIssue,
      commit,
      unknown: summarizeNames(unknown, schema.options.keys()),
      places,
    };
    return { bytes: bytes.length, loaded, ...encoded };
  }

  /** Judges valid values of a reload. Rejects suspicious ones if the settings say so. */
  #isHeld(ordinal: number, hash: string | null, values: ReadonlyMap<string, OptionValue>, commit?: string): boolean {
    const { guard, schemas, directory } = this.#request;
    const schema = this.#schemaOf(ordinal);
    if (this.#snapshot === undefined) return false;
    const before = readSetValues(schemas, ordinal, this.#snapshot);
    const suspicion = guard.judge({ schema, before, values, hash }, this.#accepts);
    if (suspicion === undefined) return false;
    const { namespace } = schema;
    if (!guard.holds) {
      this.#suspicions.set(namespace, suspicion);
      return false;
    }
    const message = `the new values ${describeSuspicion(suspicion)}`;
    const issue = {
      file: valuesFile(directory, namespace),
      namespace,
      pointer: '',
      message,
      ...(commit && { commit }),
    };
    // A file that has just disappeared may be in the middle of a replacement.
    this.#reject(hash, [issue], { cause: 'suspicious', mayChange: hash === null });
    return true;
  }

  #encode(schema: NamespaceSchema, values: ReadonlyMap<string, OptionValue>): Pick<Entry, 'size' | 'segment'> {
    if (!this.isPublishable) return { size: 0 };
    const segment = encodeNamespace(schema, values);
    return { size: measureSegment(segment), segment };
  }

  /** Rejects a file, and remembers that, if there is one. */
  #reject(
    hash: string | null,
    issues: readonly Issue[],
    { cause, mayChange }: { readonly cause: 'invalid' | 'suspicious'; readonly mayChange: boolean },
  ): 'rejected' {
    const { detail } = this.#findings;
    const listed = this.#findings.add(issues, { cause, hash, mayChange });
    // The first one at least: without it, the next load could not say why the namespace is held back.
    const known = listed.length > 0 || !this.isIsolated ? listed : issues.slice(0, 1);
    const namespace = issues[0]?.namespace;
    if (hash !== null && namespace !== undefined) {
      this.#request.verdicts.keep(namespace, hash, { isValid: false, cause, issues: known, detail, mayChange });
    }
    return 'rejected';
  }

  /** Holds back the namespaces that grew most until the snapshot fits. Without all that grew, it fits. */
  #makeFit(): void {
    while (this.#entries.size > this.#request.limits.payloadBytes) {
      const ordinal = this.#entries.findLargestGrowth();
      if (ordinal === undefined) return;
      this.#growths.set(ordinal, this.#entries.restore(ordinal));
    }
  }

  /** Adds the issues of the files that make the snapshot too large. */
  #addGrowths(): void {
    const { directory, verdicts, limits } = this.#request;
    for (const [ordinal, growth] of this.#growths) {
      const { namespace } = this.#schemaOf(ordinal);
      const message = describeGrowth(growth, limits.payloadBytes);
      const issue = { file: valuesFile(directory, namespace), namespace, pointer: '', message };
      this.#findings.add([issue], { cause: 'too-large', hash: verdicts.hashOf(namespace), mayChange: false });
    }
  }

  #compose(segments: readonly (EncodedSegment | undefined)[]): Pick<Loaded, 'payload' | 'changes'> {
    const [published, snapshot] = [this.#published, this.#snapshot];
    if (published === undefined || snapshot === undefined) return composeFirst(segments as readonly EncodedSegment[]);
    const { schemas, memory } = this.#request;
    return composeReload(schemas, segments, { generation: published.generation, snapshot }, memory);
  }

  #reportSize(limit: number, isTransient: boolean): TooLarge {
    const namespaces = this.#collect(({ bytes }) => ({ bytes }));
    return { kind: 'too-large', size: this.#entries.size, limit, isTransient, namespaces };
  }

  /** Makes a map by namespace, in the catalog's order. */
  #collect<T>(describe: (entry: Entry) => T): Map<string, T> {
    const entries = this.#request.schemas.flatMap(({ namespace }, ordinal): [string, T][] => {
      const entry = this.#entries.get(ordinal);
      return entry === undefined ? [] : [[namespace, describe(entry)]];
    });
    return new Map(entries);
  }

  #schemaOf(ordinal: number): NamespaceSchema {
    return this.#request.schemas[ordinal] as NamespaceSchema;
  }
}
