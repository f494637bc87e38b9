/** Tests the warnings about wrong mounts, with the system's list of mounts passed in. */
import { chmodSync, mkdirSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ConfigMapVolume } from '../../src/testing/config-map-volume.js';
import { mountWarnings } from '../../workers/values/mounts.js';
import { temporaryDirectory } from '../support/base.js';

const NO_MOUNTS = '22 27 0:21 / /proc rw,relatime - proc proc rw\n';

function makeBase(): string {
  return realpathSync(temporaryDirectory());
}

function makeFile(directory: string, namespace: string): string {
  const file = join(directory, 'values', namespace, 'values.json');
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, '{"options": {}}');
  return file;
}

function listWarnings(
  directory: string,
  namespaces: string[],
  {
    isProduction = false,
    mountInfo = NO_MOUNTS,
    known,
  }: { isProduction?: boolean; mountInfo?: string; known?: readonly string[] | undefined } = {},
) {
  return mountWarnings({ directory, namespaces, isProduction, readMountInfo: () => mountInfo, known }) ?? [];
}

/** Formats a line of /proc/self/mountinfo as the kernel does, which escapes blanks. */
function formatMount(path: string, source = '/pods/1/volume-subpaths/v/c/0'): string {
  return `63 43 254:0 ${source} ${path.replaceAll(' ', '\\040')} ro,relatime - ext4 /dev/vda rw\n`;
}

describe('mountWarnings of a values file', () => {
  it('A values file that is itself a mount gets a warning with its path', () => {
    const directory = join(makeBase(), 'with blanks');
    const file = makeFile(directory, 'seer');
    makeFile(directory, 'relay');
    expect(listWarnings(directory, ['relay', 'seer'], { mountInfo: NO_MOUNTS + formatMount(file) })).toEqual([
      `${file} is mounted as a single file (as with \`subPath\`), so it never changes after the container starts. ` +
        `Mount the volume as the directory ${dirname(file)}, without \`subPath\`.`,
    ]);
  });

  it('A mounted values file gets a warning also if the base directory is a symbolic link', () => {
    const directory = makeBase();
    const file = makeFile(join(directory, 'real'), 'seer');
    symlinkSync(join(directory, 'real'), join(directory, 'link'));
    expect(listWarnings(join(directory, 'link'), ['seer'], { mountInfo: formatMount(file) })).toHaveLength(1);
  });

  it('A values file gets no warning if its directory is the mount, or if nothing is mounted', () => {
    const directory = makeBase();
    const file = makeFile(directory, 'seer');
    expect(listWarnings(directory, ['seer', 'not-there'])).toEqual([]);
    expect(listWarnings(directory, ['seer'], { mountInfo: formatMount(dirname(file)) })).toEqual([]);
    expect(listWarnings(directory, ['seer'], { mountInfo: 'not what the kernel writes' })).toEqual([]);
  });

  it('A values file on the device of its directory gets no warning if the system has no list of mounts', () => {
    const directory = makeBase();
    makeFile(directory, 'seer');
    expect(
      mountWarnings({ directory, namespaces: ['seer'], isProduction: false, readMountInfo: () => undefined }),
    ).toEqual([]);
  });
});

describe('mountWarnings of a directory in a pod', () => {
  it.each(['values/seer', 'values', '.'])(
    'A subPath of a directory at %s gets one warning, also once it is deleted',
    (path) => {
      const directory = makeBase();
      for (const namespace of ['relay', 'seer']) makeFile(directory, namespace);
      const mounted = join(directory, path);
      const source = '/pods/1/volumes/kubernetes.io~configmap/shop/..2026_01_21_18_30_00.123456/seer';
      const list = (end: string, known?: readonly string[]) =>
        listWarnings(directory, path === 'values/seer' ? ['seer'] : ['relay', 'seer'], {
          isProduction: true,
          mountInfo: NO_MOUNTS + formatMount(mounted, source + end),
          known,
        });
      expect(list('')).toEqual([
        `${mounted} is mounted by \`subPath\` from one version of a volume (..2026_01_21_18_30_00.123456/seer), which ` +
          'the kubelet deletes at the first change. Mount the volume as this directory, without `subPath`.',
      ]);
      expect(list('//deleted', list(''))).toEqual(list(''));
      // A process that starts then has another message.
      expect(list('//deleted')).toEqual([]);
    },
  );

  it('A volume that is mounted as a whole is no subPath', () => {
    const directory = makeBase();
    makeFile(directory, 'seer');
    for (const source of ['/volumes/shop', '/volumes/..data', '/a..2026_01_21_x/b', '/']) {
      const mountInfo = NO_MOUNTS + formatMount(join(directory, 'values/seer'), source);
      expect(listWarnings(directory, ['seer'], { mountInfo })).toEqual([]);
    }
  });

  it('A directory that is not a volume gets a warning', () => {
    const directory = makeBase();
    makeFile(directory, 'seer');
    expect(listWarnings(directory, ['seer'])).toEqual([]);
    expect(listWarnings(directory, ['seer', 'not-there'], { isProduction: true })).toEqual([
      `${directory}/values/seer is not a ConfigMap volume (it has no \`..data\`), so its values never change unless ` +
        'another program writes them. Mount the ConfigMap as this directory, without `subPath`.',
    ]);
  });

  it.each(['values/seer', 'values', '.'])('A directory gets no warning if the volume is %s', (mounted) => {
    const directory = makeBase();
    const inVolume = join('values/seer/values.json').slice(mounted === '.' ? 0 : mounted.length + 1);
    new ConfigMapVolume(join(directory, mounted)).write({ [inVolume]: '{"options": {}}' });
    expect(listWarnings(directory, ['seer'], { isProduction: true })).toEqual([]);
  });

  it('The warnings name ten directories, and then count them', () => {
    const directory = makeBase();
    const namespaces = Array.from({ length: 13 }, (_, index) => `n${index}`);
    for (const namespace of namespaces) makeFile(directory, namespace);
    const warnings = listWarnings(directory, namespaces, { isProduction: true });
    expect(warnings).toHaveLength(11);
    expect(warnings.at(-1)).toBe('3 more namespaces have mount warnings.');
  });
});

describe('mountWarnings of a directory without permission', () => {
  // Root can enter every directory; test/process/mounts.test.ts tests this as another user.
  it.skipIf(process.getuid?.() === 0)(
    'A directory that cannot be entered gets a warning with its path and the user',
    () => {
      const directory = makeBase();
      const closed = dirname(makeFile(directory, 'seer'));
      chmodSync(closed, 0o600);
      expect(listWarnings(directory, ['seer'])).toEqual([
        expect.stringContaining(`User ${process.getuid?.()} has no search permission (x) for ${closed}`),
      ]);
      chmodSync(closed, 0o700);
    },
  );
});
