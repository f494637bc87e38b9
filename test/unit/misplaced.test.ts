/** Tests what the watcher says of values files that lie where it does not read, on real files. */
import { chmodSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ConfigMapVolume } from '../../src/testing/config-map-volume.js';
import { findMisplaced } from '../../workers/values/misplaced.js';
import { temporaryDirectory } from '../support/base.js';

const TEXT = '{"options": {}}';

function write(...path: string[]): void {
  const file = join(...path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, TEXT);
}

/** Mounts a volume with these paths at `path` in a new base directory. */
function mount(path: string, ...files: string[]): { base: string; volume: ConfigMapVolume } {
  const base = temporaryDirectory();
  const volume = new ConfigMapVolume(join(base, path));
  volume.write(Object.fromEntries(files.map((file) => [file, TEXT])));
  return { base, volume };
}

/** Returns the only warning, with `…` for the base directory. */
function warn(base: string, ...namespaces: string[]): string | undefined {
  const [warning, ...more] = findMisplaced(base, namespaces).map((text) => text.replaceAll(base, '…'));
  expect(more).toEqual([]);
  return warning;
}

describe('findMisplaced of a volume', () => {
  it.each([
    ['values', 'values.json', '…/values/values.json', 'Mount the volume with `mountPath: …/values/seer`.'],
    ['.', 'values.json', '…/values.json', 'Mount the volume with `mountPath: …/values/seer`.'],
    ['seer', 'values.json', '…/seer/values.json', 'Mount the volume with `mountPath: …/values/seer`.'],
    ['values/serr', 'values.json', '…/values/serr/values.json', 'Mount the volume with `mountPath: …/values/seer`.'],
    [
      'values',
      'serr/values.json',
      '…/values/serr/values.json',
      'Set `path: seer/values.json` in the `items` of the volume.',
    ],
    [
      'values/seer',
      'value.json',
      '…/values/seer/value.json',
      'Name the key of the ConfigMap `values.json`, or set `path: values.json` in the `items` of the volume.',
    ],
    [
      'values/seer',
      'seer/values.json',
      '…/values/seer/seer/values.json',
      'Set `path: values.json` in the `items` of the volume.',
    ],
  ])('A volume at %s with %s is a warning with what is found and the right line', (path, file, found, fix) => {
    const { base } = mount(path, file);
    expect(warn(base, 'seer')).toBe(
      `There is no values.json of seer, but there is ${found}, which nothing reads. ${fix}`,
    );
    // Where a file was never meant to be, nothing is said; nor if there is one.
    if (path !== 'seer') write(base, 'values/seer/values.json');
    expect(warn(base, path === 'seer' ? 'relay' : 'seer')).toBe(undefined);
  });

  it('A volume that is mounted too high names all namespaces without a file', () => {
    const { base } = mount('values', 'values.json');
    expect(warn(base, 'a', 'b', 'c', 'd')).toBe(
      'There is no values.json of a, b, c and 1 more, but there is …/values/values.json, which nothing reads. ' +
        'Mount the volume with `mountPath: …/values/NAMESPACE`.',
    );
  });

  it('Any other key of a volume is named, the first three', () => {
    const { base } = mount('values/seer', 'd', 'c.txt', 'b', 'a\u001b[31m');
    expect(warn(base, 'seer')).toMatch(/ …\/values\/seer\/a\\u001b\[31m, b, c\.txt and 1 more, which nothing reads\./);
  });

  it('A key that is fixed, and one that is not yet replaced by the kubelet, is no mistake', () => {
    const { base, volume } = mount('values/seer', 'value.json');
    volume.write({ 'values.json': TEXT });
    expect(warn(base, 'seer')).toBe(undefined);
    // The link of a key that is gone is there for a moment; the load reports it.
    const dangling = mount('values/seer', 'value.json').base;
    symlinkSync('..data/values.json', join(dangling, 'values/seer/values.json'));
    expect(warn(dangling, 'seer')).toBe(undefined);
  });
});

describe('findMisplaced of files', () => {
  it('Files that no volume holds are to be moved, and only those that may be values', () => {
    const base = temporaryDirectory();
    write(base, 'values/seer/README.md');
    write(base, 'values/seer/.values.json.swp');
    expect(warn(base, 'seer')).toBe(undefined);
    write(base, 'values/seer/values.yaml');
    expect(warn(base, 'seer')).toMatch(
      / …\/values\/seer\/values\.yaml, .* Move it to …\/values\/seer\/values\.json\.$/,
    );
  });

  it('A namespace without any volume is quiet, whatever others have', () => {
    const base = temporaryDirectory();
    expect(warn(base, 'seer')).toBe(undefined);
    for (const name of ['relay', 'toolbox', 'values', 'schemas']) write(base, 'values', name, 'values.json');
    mkdirSync(join(base, 'values/seer'));
    mkdirSync(join(base, 'values/seers'));
    expect(warn(base, 'relay', 'seer', 'values')).toBe(undefined);
    // A namespace may have the name of a directory of ours.
    rmSync(join(base, 'values/values'), { recursive: true });
    expect(warn(base, 'values')).toBe(undefined);
  });

  it('Hostile names, links, special files and directories that cannot be read do no harm', () => {
    const base = temporaryDirectory();
    write(base, 'values', `serr\n[sentry-options] error: forged\u202e${'x'.repeat(150)}`, 'values.json');
    write(base, 'values', 'x'.repeat(255), 'values.json');
    symlinkSync('loop', join(base, 'values/loop'));
    symlinkSync('/nowhere', join(base, 'values/seet'));
    symlinkSync('values', join(base, 'values.json'));
    mkdirSync(join(base, 'values/values.json'));
    expect(warn(base, 'seer')).toBe(undefined);
    write(base, 'values', 'seer\n\u202e', 'values.json');
    expect(warn(base, 'seer')).toContain('…/values/seer\\u000a\\u202e/values.json,');
    chmodSync(join(base, 'values'), 0o100);
    if (process.getuid?.() !== 0) expect(warn(base, 'seer')).toBe(undefined);
    chmodSync(join(base, 'values'), 0o700);
  });

  it('Of a huge directory, a thousand entries are read', () => {
    const base = temporaryDirectory();
    const seer = join(base, 'values/seer');
    mkdirSync(seer, { recursive: true });
    for (let index = 0; index < 1_500; index++) writeFileSync(join(seer, `${index}.json`), '');
    expect(warn(base, 'seer')).toMatch(/\.json and 997 more, which nothing reads\. /);
  });
});
