/** What is said of wrong mounts, with the system's own list of mounts handed in. */
import { chmodSync, mkdirSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ConfigMapVolume } from '../../src/testing/config-map-volume.js';
import { mountWarnings } from '../../workers/values/mounts.js';
import { temporaryDirectory } from '../support/base.js';

const NO_MOUNTS = '22 27 0:21 / /proc rw,relatime - proc proc rw\n';

function base(): string {
  return realpathSync(temporaryDirectory());
}

function fileIn(directory: string, namespace: string): string {
  const file = join(directory, 'values', namespace, 'values.json');
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, '{"options": {}}');
  return file;
}

function ask(directory: string, namespaces: string[], more: { isProduction?: boolean; mountInfo?: string } = {}) {
  return mountWarnings({ directory, namespaces, isProduction: false, mountInfo: NO_MOUNTS, ...more });
}

/** A line of /proc/self/mountinfo as the kernel writes it, which escapes blanks. */
function mountOf(path: string): string {
  return `63 43 254:0 /pods/1/volume-subpaths/v/c/0 ${path.replaceAll(' ', '\\040')} ro,relatime - ext4 /dev/vda rw\n`;
}

describe('a values file', () => {
  it('that is a mount of its own is warned of, by its path', () => {
    const directory = join(base(), 'with blanks');
    const file = fileIn(directory, 'seer');
    fileIn(directory, 'relay');
    expect(ask(directory, ['relay', 'seer'], { mountInfo: NO_MOUNTS + mountOf(file) })).toEqual([
      `${file} is mounted as a single file (as with \`subPath\`), so it never changes after the container starts. ` +
        `Mount the volume as the directory ${dirname(file)}, without \`subPath\`.`,
    ]);
  });

  it('is found where the base directory is a symbolic link', () => {
    const directory = base();
    const file = fileIn(join(directory, 'real'), 'seer');
    symlinkSync(join(directory, 'real'), join(directory, 'link'));
    expect(ask(join(directory, 'link'), ['seer'], { mountInfo: mountOf(file) })).toHaveLength(1);
  });

  it('is fine where its directory is the mount, or nothing is', () => {
    const directory = base();
    const file = fileIn(directory, 'seer');
    expect(ask(directory, ['seer', 'not-there'])).toEqual([]);
    expect(ask(directory, ['seer'], { mountInfo: mountOf(dirname(file)) })).toEqual([]);
    expect(ask(directory, ['seer'], { mountInfo: 'not what the kernel writes' })).toEqual([]);
  });

  it('on the same device as its directory is fine where the system has no list of mounts', () => {
    const directory = base();
    fileIn(directory, 'seer');
    expect(mountWarnings({ directory, namespaces: ['seer'], isProduction: false, mountInfo: undefined })).toEqual([]);
  });
});

describe('a directory in a pod', () => {
  it('that is no volume is warned of', () => {
    const directory = base();
    fileIn(directory, 'seer');
    expect(ask(directory, ['seer'])).toEqual([]);
    expect(ask(directory, ['seer', 'not-there'], { isProduction: true })).toEqual([
      `${directory}/values/seer is not a ConfigMap volume (it has no \`..data\`), so its values never change unless ` +
        'another program writes them. Mount the ConfigMap as this directory, without `subPath`.',
    ]);
  });

  it.each(['values/seer', 'values', '.'])('is fine where the volume is %s', (mounted) => {
    const directory = base();
    const inVolume = join('values/seer/values.json').slice(mounted === '.' ? 0 : mounted.length + 1);
    new ConfigMapVolume(join(directory, mounted)).write({ [inVolume]: '{"options": {}}' });
    expect(ask(directory, ['seer'], { isProduction: true })).toEqual([]);
  });

  it('is said of ten times, and then counted', () => {
    const directory = base();
    const namespaces = Array.from({ length: 13 }, (_, index) => `n${index}`);
    for (const namespace of namespaces) fileIn(directory, namespace);
    const warnings = ask(directory, namespaces, { isProduction: true });
    expect(warnings).toHaveLength(11);
    expect(warnings.at(-1)).toBe('3 more namespaces have mount warnings.');
  });
});

describe('a directory that cannot be entered', () => {
  // Root enters every directory: test/process/mounts.test.ts asks as somebody else.
  it.skipIf(process.getuid?.() === 0)('is warned of, by its path and the user', () => {
    const directory = base();
    const closed = dirname(fileIn(directory, 'seer'));
    chmodSync(closed, 0o600);
    expect(ask(directory, ['seer'])).toEqual([expect.stringContaining(`has no search permission (x) for ${closed}`)]);
    chmodSync(closed, 0o700);
  });
});
