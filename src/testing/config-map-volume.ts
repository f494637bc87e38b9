/**
 * A directory that changes as the kubelet changes a mounted ConfigMap (or projected volume), for tests on real files.
 *
 * The steps of {@link ConfigMapVolume.write} and their order are those of Kubernetes' `pkg/volume/util/atomic_writer.go`.
 */

import {
  chmodSync,
  copyFileSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { VALUES_FILE } from '../config/base-directory.js';

const DATA_LINK = '..data';
const NEW_DATA_LINK = '..data_tmp';
/**
 * A ConfigMap's volume, mounted at a directory. Any thread or process may write to it, one at a time. All methods are
 * synchronous, and leave it to the store to notice: by its next poll, or by `refresh()`.
 *
 * @example
 * const volume = new ConfigMapVolume(join(directory, 'values/seer'));
 * volume.writeValues({ 'max-retries': 5 });
 * const store = openOptions({ directory, pollInterval: null });
 */
export class ConfigMapVolume {
  /** Where the volume is mounted; absolute. */
  readonly directory: string;
  /** Where its files are: elsewhere while it is not mounted. */
  #location: string;

  /**
   * Mounts a volume at `directory`, which is made where it does not exist: `values/NAMESPACE` below the base directory
   * for one that holds `values.json`, `values` for a projected one that holds `NAMESPACE/values.json`.
   */
  constructor(directory: string) {
    this.directory = resolve(directory);
    this.#location = this.directory;
    mkdirSync(this.directory, { recursive: true });
  }

  /**
   * Syncs the volume to `files`, by path (`values.json`, or `seer/values.json` in a projected volume) and text. All of
   * them change at one instant; the files of before are deleted at once. The same files again change nothing.
   *
   * @returns whether anything has changed
   * @throws the system's error `EEXIST` where a file that is not of this volume is in the way of one that is
   * @example
   * volume.write({ 'seer/values.json': '{"options": {}}', 'relay/values.json': '{"options": {"rate": 0.5}}' });
   */
  write(files: Readonly<Record<string, string>>): boolean {
    const before = this.#version();
    if (before !== undefined && holdsExactly(this.#path(before), files)) return false;

    const now = new Date().toISOString().slice(0, 19).replace(/[-:T]/g, '_');
    const version = mkdtempSync(this.#path(`..${now}.`));
    chmodSync(version, 0o755);
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(version, path)), { recursive: true });
      writeFileSync(join(version, path), text);
    }

    // The rename is the instant of the change: whoever opened a file before it goes on reading the old one.
    symlinkSync(basename(version), this.#path(NEW_DATA_LINK));
    renameSync(this.#path(NEW_DATA_LINK), this.#path(DATA_LINK));

    const visible = new Set(Object.keys(files).map((path) => path.split('/')[0] as string));
    for (const name of visible) {
      if (!isLink(this.#path(name))) symlinkSync(join(DATA_LINK, name), this.#path(name));
    }
    if (before === undefined) return true;
    // Only what was this volume's: a file that somebody else has put beside it stays.
    for (const name of readdirSync(this.#path(before))) {
      if (!visible.has(name)) rmSync(this.#path(name), { force: true });
    }
    rmSync(this.#path(before), { recursive: true });
    return true;
  }

  /**
   * Syncs the volume to a single `values.json`, as CI makes it for one namespace. The options are not validated, since
   * what a store does with bad ones may be what a test is about.
   *
   * @param generatedAt when CI made the file
   * @returns whether anything has changed: always, but for the same options and `generatedAt`
   * @example
   * volume.writeValues({ 'max-retries': 7 });
   * await store.refresh();
   * expect(store.namespace('seer').get('max-retries')).toBe(7);
   */
  writeValues(options: Readonly<Record<string, unknown>>, generatedAt: Date = new Date()): boolean {
    return this.write({ [VALUES_FILE]: JSON.stringify({ options, generated_at: generatedAt.toISOString() }) });
  }

  /**
   * Leaves a file half-written: the first half of its bytes, in place, where a program that does not replace files but
   * writes into them has them for a moment. (The kubelet does not; an editor or a script may.) The next `write` mends it.
   *
   * @param text what is being written; by default what the file holds
   * @throws the system's error `ENOENT` where there is neither `text` nor a file
   * @example
   * volume.tear();
   * await expect(store.refresh()).rejects.toThrow('Failed to parse JSON');
   */
  tear(path: string = VALUES_FILE, text?: string): void {
    const whole = text === undefined ? readFileSync(this.#path(path)) : Buffer.from(text);
    writeFileSync(this.#path(path), whole.subarray(0, whole.length >> 1));
  }

  /**
   * Syncs the volume to a ConfigMap without keys: `..data` is there, and nothing in it. Its namespaces have no values
   * file then, and fall back to their defaults.
   *
   * @returns whether anything has changed
   * @example
   * volume.empty();
   * await store.refresh();
   * expect(store.namespace('seer').isset('max-retries')).toBe(false);
   */
  empty(): boolean {
    return this.write({});
  }

  /**
   * Takes the directory away, at one instant and with all that is in it. The volume lives on behind the scenes, in a
   * hidden directory beside where it was: `write` and the others work as before, and are seen after {@link mount}.
   *
   * Where the volume is that of the whole `values` directory, the last values stay in use. Where it is that of one
   * namespace, this is the same to a store as a values file that was deleted.
   *
   * @example
   * const values = new ConfigMapVolume(join(directory, 'values'));
   * values.unmount();
   * await store.refresh();
   * expect(store.status().health).toBe('degraded');
   */
  unmount(): void {
    this.#moveTo(join(dirname(this.directory), `..${basename(this.directory)}.unmounted`));
  }

  /**
   * Brings the directory back, at one instant, after {@link unmount}.
   *
   * @example
   * values.unmount();
   * values.write({ 'seer/values.json': '{"options": {"max-retries": 9}}' });
   * values.mount();
   */
  mount(): void {
    this.#moveTo(this.directory);
  }

  /**
   * Mounts one file of the volume at `path`, by `subPath`, as it is when a pod starts: a plain file, which the kubelet
   * never updates again. What is written to the volume afterwards does not reach it, until it is mounted anew (by a new
   * pod). Where the volume has no such file, an empty directory is mounted, which is what Kubernetes does.
   *
   * @param path what `mountPath` is in a pod: the path of the file, and not of its directory
   * @throws the system's error `ENOTEMPTY` where `path` is a directory with something in it
   * @example
   * const volume = new ConfigMapVolume(join(directory, 'config-map'));
   * volume.writeValues({ 'max-retries': 5 });
   * volume.mountSubPath('values.json', join(directory, 'values/seer/values.json'));
   */
  mountSubPath(subPath: string, path: string): void {
    // Of directories only an empty one, such as an earlier mount has left: a path that was meant otherwise is an error.
    if (lstatSync(path, { throwIfNoEntry: false })?.isDirectory()) rmdirSync(path);
    else rmSync(path, { force: true });
    mkdirSync(dirname(path), { recursive: true });
    try {
      copyFileSync(this.#path(subPath), path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      mkdirSync(path);
    }
  }

  #path(name: string): string {
    return join(this.#location, name);
  }

  #moveTo(location: string): void {
    if (this.#location === location) return;
    renameSync(this.#location, location);
    this.#location = location;
  }

  /** The directory that `..data` leads to; undefined before the first write. */
  #version(): string | undefined {
    return isLink(this.#path(DATA_LINK)) ? readlinkSync(this.#path(DATA_LINK)) : undefined;
  }
}

function isLink(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ?? false;
}

/** Whether `directory` holds exactly `files`. */
function holdsExactly(directory: string, files: Readonly<Record<string, string>>): boolean {
  const present = readdirSync(directory, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  if (present.length !== Object.keys(files).length) return false;
  return Object.entries(files).every(([path, text]) => {
    try {
      return readFileSync(join(directory, path), 'utf8') === text;
    } catch {
      return false;
    }
  });
}
