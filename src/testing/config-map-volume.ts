/**
 * A directory that changes as the kubelet changes a mounted ConfigMap or projected volume, for tests on real files.
 * Runs in any thread or process.
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
import { ConfigError } from '../common/errors.js';
import { readEntries } from '../common/settings.js';
import { formatName } from '../common/text.js';
import { describeArgument, describeKind } from '../common/value.js';
import { DATA_LINK, VALUES_FILE } from '../config/base-directory.js';

const NEW_DATA_LINK = '..data_tmp';

/**
 * A ConfigMap's volume, mounted at a directory. Any thread or process may write to it, one at a time. All methods are
 * synchronous. A store sees the change on its next poll or `refresh()`.
 *
 * @example
 * const volume = new ConfigMapVolume(join(directory, 'values/seer'));
 * volume.writeValues({ 'max-retries': 5 });
 * const store = openOptions({ directory, pollInterval: null });
 */
export class ConfigMapVolume {
  /** The absolute path of the mount. */
  readonly directory: string;
  /** The directory that contains the files: a different one while the volume is not mounted. */
  #location: string;

  /**
   * Mounts a volume at `directory`, and makes that directory if it does not exist. Below the base directory, use
   * `values/NAMESPACE` for a volume with `values.json`, or `values` for a projected volume with
   * `NAMESPACE/values.json`.
   *
   * @throws {ConfigError} if `directory` is not a non-empty string
   */
  constructor(directory: string) {
    if (typeof directory !== 'string' || directory === '') {
      throw new ConfigError(`directory must be a non-empty path; got ${describeArgument(directory)}.`, {
        key: 'directory',
      });
    }
    this.directory = resolve(directory);
    this.#location = this.directory;
    mkdirSync(this.directory, { recursive: true });
  }

  /**
   * Syncs the volume to `files`: contents by path (`values.json`, or `seer/values.json` in a projected volume). All
   * files change at one instant; files that are no longer among them are deleted. The same files change nothing.
   *
   * Takes the steps of Kubernetes' `pkg/volume/util/atomic_writer.go`, in the same order.
   *
   * @returns whether anything changed
   * @throws {ConfigError} if `files` is not a plain object of strings; the volume is then as before
   * @throws {Error} with code `EEXIST` if the path of a file is taken by a file that is not the volume's
   * @example
   * volume.write({ 'seer/values.json': '{"options": {}}', 'relay/values.json': '{"options": {"rate": 0.5}}' });
   */
  write(files: Readonly<Record<string, string>>): boolean {
    for (const [path, text] of readEntries('files', 'files', files)) {
      if (typeof text === 'string') continue;
      throw new ConfigError(`files[${formatName(path)}] must be a string; got ${describeKind(text)}.`, {
        key: 'files',
      });
    }
    const before = this.#version();
    if (before !== undefined && holdsExactly(this.#path(before), files)) return false;

    const now = new Date().toISOString().slice(0, 19).replace(/[-:T]/g, '_');
    const version = mkdtempSync(this.#path(`..${now}.`));
    chmodSync(version, 0o755);
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(version, path)), { recursive: true });
      writeFileSync(join(version, path), text);
    }

    // The rename is the instant of the change: a process that opened a file before it continues to read the old one.
    symlinkSync(basename(version), this.#path(NEW_DATA_LINK));
    renameSync(this.#path(NEW_DATA_LINK), this.#path(DATA_LINK));

    const visible = new Set(Object.keys(files).map((path) => path.split('/')[0] as string));
    for (const name of visible) {
      if (!isLink(this.#path(name))) symlinkSync(join(DATA_LINK, name), this.#path(name));
    }
    if (before === undefined) return true;
    // Deletes only this volume's files: a file that something else created beside them stays.
    for (const name of readdirSync(this.#path(before))) {
      if (!visible.has(name)) rmSync(this.#path(name), { force: true });
    }
    rmSync(this.#path(before), { recursive: true });
    return true;
  }

  /**
   * Syncs the volume to a single `values.json`, as CI generates it for one namespace. Does not validate the options,
   * because a test may check what a store does with invalid ones.
   *
   * @param options the options by key, as in the values file
   * @param generatedAt the file's `generated_at`. Default: the current time
   * @returns whether anything changed; false only for the same options and the same `generatedAt`
   * @example
   * volume.writeValues({ 'max-retries': 7 });
   * await store.refresh();
   * expect(store.namespace('seer').get('max-retries')).toBe(7);
   */
  writeValues(options: Readonly<Record<string, unknown>>, generatedAt: Date = new Date()): boolean {
    return this.write({ [VALUES_FILE]: JSON.stringify({ options, generated_at: generatedAt.toISOString() }) });
  }

  /**
   * Leaves a file half-written, with the first half of its bytes. Programs that write into a file instead of replacing
   * it leave it so for a moment: not the kubelet, but an editor or a script may. The next `write` restores the file.
   *
   * @param path the path in the volume. Default: `values.json`
   * @param text the content that is being written. Default: the file's content
   * @throws {Error} with code `ENOENT` if there is neither `text` nor a file
   * @example
   * volume.tear();
   * await expect(store.refresh()).rejects.toThrow('Failed to parse JSON');
   */
  tear(path: string = VALUES_FILE, text?: string): void {
    const whole = text === undefined ? readFileSync(this.#path(path)) : Buffer.from(text);
    writeFileSync(this.#path(path), whole.subarray(0, whole.length >> 1));
  }

  /**
   * Syncs the volume to a ConfigMap without keys: `..data` exists and is empty. The volume's namespaces then have no
   * values file, and fall back to their defaults.
   *
   * @returns whether anything changed
   * @example
   * volume.empty();
   * await store.refresh();
   * expect(store.namespace('seer').isset('max-retries')).toBe(false);
   */
  empty(): boolean {
    return this.write({});
  }

  /**
   * Unmounts the volume: the directory is then the empty mount point. The volume itself remains, in a hidden directory
   * beside the mount: `write` and the other methods still work, and stores see their changes after {@link mount}.
   *
   * In a store, the last values of all namespaces stay in use: an empty mount point is no deletion of values.
   *
   * @example
   * const values = new ConfigMapVolume(join(directory, 'values'));
   * values.unmount();
   * await store.refresh();
   * expect(store.status().health).toBe('degraded');
   */
  unmount(): void {
    const hidden = join(dirname(this.directory), `..${basename(this.directory)}.unmounted`);
    if (this.#location === hidden) return;
    // The directory is missing for a moment, which a store treats the same way.
    this.#moveTo(hidden);
    mkdirSync(this.directory);
  }

  /**
   * Mounts the volume again, at one instant, after {@link unmount}.
   *
   * @throws {Error} with code `ENOTEMPTY` if somebody has written into the mount point
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
   * Mounts one file of the volume at `path`, by `subPath`, as a starting pod does: as a plain file, which the kubelet
   * never updates. Later writes to the volume do not reach the file until it is mounted again (by a new pod). If the
   * volume has no such file, an empty directory is mounted, as Kubernetes does.
   *
   * @param subPath the file's path in the volume
   * @param path the `mountPath` of the pod: the path of the file, not of its directory
   * @throws {Error} with code `ENOTEMPTY` if `path` is a directory that is not empty
   * @example
   * const volume = new ConfigMapVolume(join(directory, 'config-map'));
   * volume.writeValues({ 'max-retries': 5 });
   * volume.mountSubPath('values.json', join(directory, 'values/seer/values.json'));
   */
  mountSubPath(subPath: string, path: string): void {
    // Removes only an empty directory, such as an earlier mount left: any other directory is a mistake in `path`.
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
    // Replaces an empty directory, such as the mount point.
    renameSync(this.#location, location);
    this.#location = location;
  }

  /** Returns the directory that `..data` links to; undefined before the first write. */
  #version(): string | undefined {
    return isLink(this.#path(DATA_LINK)) ? readlinkSync(this.#path(DATA_LINK)) : undefined;
  }
}

function isLink(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ?? false;
}

/** Whether `directory` contains exactly `files`. */
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
