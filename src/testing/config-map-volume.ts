/**
 * A directory that changes as the kubelet changes a mounted ConfigMap (or projected volume), for tests on real files.
 *
 * The steps and their order are those of Kubernetes' `pkg/volume/util/atomic_writer.go`.
 */
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';

const DATA_LINK = '..data';
const NEW_DATA_LINK = '..data_tmp';

/** A ConfigMap's volume, mounted at a directory. Any thread or process may write to it, one at a time. */
export class ConfigMapVolume {
  /** Where the volume is mounted. */
  readonly directory: string;

  /** Mounts an empty volume at `directory`, which is made where it does not exist. */
  constructor(directory: string) {
    this.directory = directory;
    mkdirSync(directory, { recursive: true });
  }

  /**
   * Syncs the volume to `files`, by path (`values.json`, or `seer/values.json` in a projected volume) and text. All of
   * them change at one instant; the files of before are deleted at once. The same files again change nothing.
   *
   * @returns whether anything has changed
   */
  write(files: Readonly<Record<string, string>>): boolean {
    const before = this.#version();
    if (before !== undefined && sameFiles(join(this.directory, before), files)) return false;

    const now = new Date().toISOString().slice(0, 19).replace(/[-:T]/g, '_');
    const version = mkdtempSync(join(this.directory, `..${now}.`));
    chmodSync(version, 0o755);
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(version, path)), { recursive: true });
      writeFileSync(join(version, path), text);
    }

    // The rename is the instant of the change: whoever opened a file before it goes on reading the old one.
    const target = version.slice(this.directory.length + 1);
    symlinkSync(target, join(this.directory, NEW_DATA_LINK));
    renameSync(join(this.directory, NEW_DATA_LINK), join(this.directory, DATA_LINK));

    const visible = new Set(Object.keys(files).map((path) => path.split('/')[0] as string));
    for (const name of visible) {
      if (lstatSync(join(this.directory, name), { throwIfNoEntry: false }) === undefined) {
        symlinkSync(join(DATA_LINK, name), join(this.directory, name));
      }
    }
    for (const name of readdirSync(this.directory)) {
      if (!name.startsWith('..') && !visible.has(name)) rmSync(join(this.directory, name));
    }
    if (before !== undefined) rmSync(join(this.directory, before), { recursive: true });
    return true;
  }

  /** The directory that `..data` leads to; undefined before the first write. */
  #version(): string | undefined {
    try {
      return readlinkSync(join(this.directory, DATA_LINK));
    } catch {
      return undefined;
    }
  }
}

/** Whether `directory` holds exactly `files`. */
function sameFiles(directory: string, files: Readonly<Record<string, string>>): boolean {
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
