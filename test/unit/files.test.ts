/** Tests reading values files: which files are rejected and why, which count as missing, and what a probe detects. */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, rmSync, statSync, symlinkSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { MAX_FILE_BYTES, readWhole } from '../../src/files/read.js';
import { ConfigMapVolume } from '../../src/testing/config-map-volume.js';
import { readValues } from '../../workers/values/read.js';
import { probe, readSharedVolumeVersion, readVolumeVersion } from '../../workers/values/volume.js';
import { Base, temporaryDirectory } from '../support/base.js';

const LIMIT = 8 * 2 ** 20;
/** A user who can only read files that everybody can read; root can read all files. */
const NOBODY = 65_534;

describe('readWhole', () => {
  it('readWhole follows links, and returns the bytes and their fingerprint', () => {
    const directory = temporaryDirectory();
    writeFileSync(join(directory, 'file'), 'text');
    symlinkSync('file', join(directory, 'link'));
    const { bytes, fingerprint } = readWhole(join(directory, 'link'), 4);
    expect(bytes.toString()).toBe('text');
    expect(fingerprint.ino).toBe(statSync(join(directory, 'file'), { bigint: true }).ino);
  });

  it.each<[string, string, (path: string) => void]>([
    ['a directory', 'NOT_REGULAR', (path) => mkdirSync(path)],
    ['a FIFO, without blocking', 'NOT_REGULAR', (path) => execFileSync('mkfifo', [path])],
    [
      'a file that is too large, without reading it',
      'TOO_LARGE',
      (path) => {
        writeFileSync(path, '');
        truncateSync(path, 200 * 2 ** 20);
      },
    ],
    ['a missing file', 'ENOENT', () => {}],
    ['a link to itself', 'ELOOP', (path) => symlinkSync(path, path)],
  ])('readWhole rejects %s', (_name, code, make) => {
    const path = join(temporaryDirectory(), 'file');
    make(path);
    expect(() => readWhole(path, LIMIT)).toThrow(expect.objectContaining({ name: 'FileError', code }));
  });

  it('readWhole rejects a file without read permission', () => {
    const path = join(temporaryDirectory(), 'file');
    chmodSync(dirname(path), 0o755);
    writeFileSync(path, 'secret');
    chmodSync(path, 0);
    const isRoot = process.getuid?.() === 0;
    if (isRoot) process.seteuid?.(NOBODY);
    try {
      expect(() => readWhole(path, LIMIT)).toThrow(expect.objectContaining({ code: 'EACCES' }));
    } finally {
      if (isRoot) process.seteuid?.(0);
    }
  });
});

function read(base: Base): ReturnType<typeof readValues> {
  return readValues(base.directory, 'seer', MAX_FILE_BYTES, () => {});
}

describe('readValues', () => {
  it('A missing file is not an issue', () => {
    expect(read(new Base({ seer: {} }))).toBe(undefined);
  });

  it('A dangling link is an issue', () => {
    const base = new Base({ seer: {} });
    base.writeValues('seer', {});
    base.removeValues('seer');
    symlinkSync('nowhere', base.valuesFile('seer'));
    expect(read(base)).toMatchObject({
      issue: { file: base.valuesFile('seer'), message: expect.stringContaining('symbolic link to nowhere') },
    });
  });

  it('The issue says why a file cannot be read', () => {
    const base = new Base({ seer: {} });
    mkdirSync(base.valuesFile('seer'), { recursive: true });
    expect(read(base)).toMatchObject({ issue: { message: 'values.json is a directory, not a regular file' } });
  });
});

describe('readVolumeVersion and readSharedVolumeVersion', () => {
  it('The version of a volume is the target of ..data, wherever the volume is mounted', () => {
    const base = new Base({ seer: {} });
    const before = readVolumeVersion(base.directory, 'seer');
    const volume = new ConfigMapVolume(join(base.directory, 'values/seer'));
    volume.write({ 'values.json': '{}' });
    const first = readVolumeVersion(base.directory, 'seer');
    volume.write({ 'values.json': '{"options": {}}' });
    expect(new Set([before, first, readVolumeVersion(base.directory, 'seer')]).size).toBe(3);
    expect(readSharedVolumeVersion(base.directory)).toBe('|');
    rmSync(join(base.directory, 'values'), { recursive: true });
    const shared = new ConfigMapVolume(join(base.directory, 'values'));
    shared.write({ 'seer/values.json': '{}' });
    expect(readSharedVolumeVersion(base.directory)).not.toBe('|');
  });
});

describe('probe', () => {
  const signature = (base: Base) => probe(base.directory, ['seer']);

  it('The signature differs after every change, and only then', () => {
    const base = new Base({ seer: {} });
    const seen = [signature(base)];
    const expectChange = () => {
      const now = signature(base);
      expect(seen).not.toContain(now);
      expect(signature(base)).toBe(now);
      seen.push(now);
    };
    base.writeValues('seer', { a: 1 });
    expectChange();
    const path = base.valuesFile('seer');
    const past = new Date('2020-01-01T00:00:00Z');
    utimesSync(path, past, past);
    expectChange();
    // The same size and modification time: only the change time differs.
    base.writeValues('seer', { a: 2 });
    utimesSync(path, past, past);
    expectChange();
    base.removeValues('seer');
    // As before the file existed, except that its directory exists now.
    expect(signature(base)).not.toBe(seen.at(-1));
    rmSync(join(base.directory, 'values'), { recursive: true });
    expect(signature(base)).toBe(seen[0]);
  });

  it('The signature of a dangling link differs from the signature of a missing file', () => {
    const base = new Base({ seer: {} });
    base.writeValues('seer', {});
    base.removeValues('seer');
    const past = new Date('2020-01-01T00:00:00Z');
    const signatureOfFile = () => {
      utimesSync(dirname(base.valuesFile('seer')), past, past);
      return signature(base);
    };
    const without = signatureOfFile();
    symlinkSync('nowhere', base.valuesFile('seer'));
    const dangling = signatureOfFile();
    base.removeValues('seer');
    expect(dangling).not.toBe(without);
    expect(signatureOfFile()).toBe(without);
  });

  it('What else is in the directories counts only while the file is missing', () => {
    const base = new Base({ seer: {} });
    base.writeValues('seer', {});
    const seer = dirname(base.valuesFile('seer'));
    const past = new Date('2020-01-01T00:00:00Z');
    const areChanges = () =>
      [join(seer, 'value.json'), join(dirname(seer), 'serr')].map((other) => {
        // Otherwise, a change in the same tick of the clock would leave the same time.
        for (const directory of [seer, dirname(seer)]) utimesSync(directory, past, past);
        const before = signature(base);
        writeFileSync(other, '');
        const isChange = signature(base) !== before;
        rmSync(other);
        return isChange;
      });
    expect(areChanges()).toEqual([false, false]);
    base.removeValues('seer');
    expect(areChanges()).toEqual([true, true]);
  });
});
