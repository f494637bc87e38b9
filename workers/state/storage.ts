/** The state directory of one store: what is kept there, and what a start serves from it. Runs in the watcher thread. */
import { wallTime } from '../../src/common/host-time.js';
import type { SharedSchemas } from '../../src/memory/shared-schemas.js';
import type { NamespaceSchema } from '../../src/schema/namespace-schema.js';
import { computeKey, type KeptSnapshot, type StateHead, stateFile, validatedFile } from '../../src/state/kept.js';
import { readKept } from '../../src/state/read.js';
import type { StateData } from '../../src/watcher/protocol.js';
import type { Published } from '../values/results.js';
import { composeAsFirst, describeFlags, describeKept, encodeState } from './encode.js';
import type { Storage } from './keeper.js';
import { prepareFolder, readKeptAsync, replaceFile, writeKept } from './write.js';

/** What a kept snapshot belongs to. */
interface Subject {
  /** The base directory. */
  readonly directory: string;
  readonly schemas: readonly NamespaceSchema[];
  readonly shared: SharedSchemas;
}

/** Keeps the values of one store. */
export class StateDirectory implements Storage {
  readonly file: string;
  readonly #directory: string;
  readonly #validator: number;
  readonly #subject: Subject;
  readonly #hashes: StateHead['schemas'];
  readonly #key: string;

  constructor({ directory, validator }: StateData, subject: Subject) {
    this.#directory = directory;
    this.#validator = validator;
    this.#subject = subject;
    this.#hashes = subject.schemas.map(({ namespace, hash }) => [namespace, hash]);
    this.#key = computeKey(subject.directory, this.#hashes);
    this.file = stateFile(directory, this.#key);
  }

  /**
   * Reads what a start may serve instead of invalid values; undefined if nothing is kept.
   *
   * @throws {StateError} if the directory or the file cannot be used
   */
  readSync(): KeptSnapshot | undefined {
    return readKept(this.#directory, this.file, this.#key);
  }

  prepare(): Promise<void> {
    return prepareFolder(this.#directory);
  }

  async read(): Promise<KeptSnapshot | undefined> {
    const kept = await readKeptAsync(this.#directory, this.#key);
    return kept?.head.validator === this.#validator ? kept : undefined;
  }

  async write(published: Published): Promise<string> {
    const keptAt = new Date(wallTime()).toISOString();
    await writeKept(this.#directory, this.#key, this.#encode(published, keptAt));
    return keptAt;
  }

  async writeValidated(published: Published): Promise<void> {
    const content = this.#encode(published, new Date(wallTime()).toISOString());
    await replaceFile(validatedFile(this.#directory, this.#key), content, { isSynced: false });
  }

  /** Returns the content of the file. */
  #encode({ payload, namespaces }: Published, keptAt: string): readonly Uint8Array[] {
    const { schemas, shared } = this.#subject;
    const head = {
      key: this.#key,
      validator: this.#validator,
      keptAt,
      schemas: this.#hashes,
      namespaces: describeKept(namespaces),
      ...describeFlags(schemas),
    };
    const parts = {
      payload: composeAsFirst(payload, schemas),
      catalog: copy(shared.catalog),
      defaults: copy(shared.defaults),
      schemas: copy(shared.schemas),
    };
    return encodeState(head, parts);
  }
}

function copy(buffer: SharedArrayBuffer): Uint8Array<ArrayBuffer> {
  return new Uint8Array(buffer).slice();
}
