/** Tests each state of a ConfigMap volume: the directory's contents, and the values and messages of a store. */
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { type OptionsStore, openOptions } from 'sentry-options';
import { ConfigMapVolume } from 'sentry-options/testing';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { Base, integer, temporaryDirectory } from '../support/base.js';
import { dropStart } from '../support/log-lines.js';

const GENERATED_AT = new Date('2026-01-21T18:30:00.123Z');

interface Opened {
  readonly store: OptionsStore;
  /** All messages since the start, each with its level. */
  readonly messages: string[];
}

function open(base: Base): Opened {
  const messages: string[] = [];
  const log = (level: string) => (message: string) => void messages.push(`${level}: ${message}`);
  const logger = { debug: log('debug'), info: log('info'), warn: log('warn'), error: log('error') };
  const store = openOptions({ directory: base.directory, pollInterval: null, logger });
  onTestFinished(() => store.close());
  dropStart(messages);
  return { store, messages };
}

/** Opens a store over a volume for the namespace `seer` that holds one version. */
function openSeer(): Opened & { base: Base; volume: ConfigMapVolume } {
  const base = new Base({ seer: { a: integer(-1) } });
  const volume = new ConfigMapVolume(join(base.directory, 'values/seer'));
  volume.writeValues({ a: 1 }, GENERATED_AT);
  return { base, volume, ...open(base) };
}

/** Returns all messages, after waiting for a sentinel message, of one more reload: messages arrive in order. */
async function collectMessages({ store, messages }: Opened, volume: ConfigMapVolume): Promise<string[]> {
  volume.write({ 'values.json': '{"options": {"a": 100, "sentinel": 1}}' });
  await store.refresh();
  await vi.waitUntil(() => messages.some((message) => message.includes('sentinel')));
  return messages.filter((message) => !message.includes('sentinel'));
}

describe('ConfigMapVolume', () => {
  it('A volume has the layout that the kubelet writes', () => {
    const volume = new ConfigMapVolume(join(temporaryDirectory(), 'not/there/yet'));
    const path = (name: string) => join(volume.directory, name);
    expect(readdirSync(volume.directory)).toEqual([]);

    expect(volume.write({ 'values.json': '{}', 'seer/values.json': '[]' })).toBe(true);
    const first = readlinkSync(path('..data'));
    expect(first).toMatch(/^\.\.\d{4}(_\d\d){5}\.\w+$/);
    expect(readdirSync(volume.directory).sort()).toEqual([first, '..data', 'seer', 'values.json'].sort());
    expect([readlinkSync(path('seer')), readlinkSync(path('values.json'))]).toEqual([
      '..data/seer',
      '..data/values.json',
    ]);
    expect([readFileSync(path('values.json'), 'utf8'), readFileSync(path('seer/values.json'), 'utf8')]).toEqual([
      '{}',
      '[]',
    ]);
    expect(statSync(path(first)).mode & 0o777).toBe(0o755);

    expect(volume.write({ 'values.json': '{}', 'seer/values.json': '[]' })).toBe(false);
    expect(readlinkSync(path('..data'))).toBe(first);

    writeFileSync(path('beside'), 'unrelated');
    const link = lstatSync(path('values.json')).ino;
    expect(volume.write({ 'values.json': '{ }' })).toBe(true);
    const second = readlinkSync(path('..data'));
    expect(readdirSync(volume.directory).sort()).toEqual([second, '..data', 'beside', 'values.json'].sort());
    // A key that stays keeps its link.
    expect(lstatSync(path('values.json')).ino).toBe(link);
  });

  it('write() throws if an unrelated file would hide a key', () => {
    const volume = new ConfigMapVolume(temporaryDirectory());
    writeFileSync(join(volume.directory, 'values.json'), '{}');
    expect(() => volume.write({ 'values.json': '{ }' })).toThrow(expect.objectContaining({ code: 'EEXIST' }));
  });

  it('A volume holds the values file that CI writes for one namespace', async () => {
    const { base, volume, store } = openSeer();
    expect(JSON.parse(readFileSync(base.valuesFile('seer'), 'utf8'))).toEqual({
      options: { a: 1 },
      generated_at: '2026-01-21T18:30:00.123Z',
    });
    expect(store.status().namespaces.seer?.generatedAt).toBe('2026-01-21T18:30:00.123Z');

    expect(volume.writeValues({ a: 1 }, GENERATED_AT)).toBe(false);
    expect(await store.refresh()).toBe(false);
    expect(volume.writeValues({ a: 2 })).toBe(true);
    expect(await store.refresh()).toBe(true);
    expect(store.namespace('seer').get('a')).toBe(2);
    expect(store.status()).toMatchObject({ health: 'ok', generation: 2 });
  });
});

describe('a half-written file', () => {
  it('A store rejects a half-written file by line and column and keeps the old values until it is fixed', async () => {
    const opened = openSeer();
    const { base, volume, store } = opened;
    const text = '{\n  "options": {\n    "a": 2\n  }\n}\n';
    volume.tear('values.json', text);
    expect(readFileSync(base.valuesFile('seer'), 'utf8')).toBe('{\n  "options": {\n');

    const rejection = {
      code: 'VALUES_INVALID',
      namespace: 'seer',
      message: expect.stringMatching(/Value error for seer:\n\tFailed to parse JSON: .* at line 3 column 1\n/),
    };
    await expect(store.refresh()).rejects.toMatchObject(rejection);
    await expect(store.refresh()).rejects.toMatchObject(rejection);
    expect(store.namespace('seer').get('a')).toBe(1);
    expect(store.status()).toMatchObject({
      health: 'degraded',
      generation: 1,
      lastError: expect.stringContaining('at line 3 column 1'),
    });

    volume.write({ 'values.json': text });
    expect(await store.refresh()).toBe(true);
    expect(store.namespace('seer').get('a')).toBe(2);
    expect(store.status()).toMatchObject({ health: 'ok', reason: null, lastError: null });
    expect(await collectMessages(opened, volume)).toEqual([
      'info: Generation 2 is live: seer/a (1 option)',
      `info: The values in ${join(base.directory, 'values')} are valid again.`,
      'info: Generation 3 is live: seer/a (1 option)',
    ]);
  });

  it('tear() leaves the first half in place, and writing the same values again fixes it', async () => {
    const { base, volume, store } = openSeer();
    const file = base.valuesFile('seer');
    const whole = readFileSync(file, 'utf8');
    const inode = statSync(file).ino;
    volume.tear();
    expect(readFileSync(file, 'utf8')).toBe(whole.slice(0, whole.length / 2));
    expect(statSync(file).ino).toBe(inode);
    await expect(store.refresh()).rejects.toThrow('Failed to parse JSON');

    expect(volume.writeValues({ a: 1 }, GENERATED_AT)).toBe(true);
    expect(await store.refresh()).toBe(false);
    expect(store.status()).toMatchObject({ health: 'ok', generation: 1 });
  });

  it('A half-written file makes openOptions() throw', () => {
    const base = new Base({ seer: { a: integer(-1) } });
    const volume = new ConfigMapVolume(join(base.directory, 'values/seer'));
    volume.writeValues({ a: 1 });
    volume.tear();
    expect(() => open(base)).toThrow(expect.objectContaining({ code: 'VALUES_INVALID', namespace: 'seer' }));
  });

  it('tear() throws if there is no file', () => {
    const volume = new ConfigMapVolume(temporaryDirectory());
    expect(() => volume.tear()).toThrow(expect.objectContaining({ code: 'ENOENT' }));
  });
});

describe('an emptied volume', () => {
  it('A namespace whose volume is empty has its defaults, with one warning', async () => {
    const opened = openSeer();
    const { base, volume, store } = opened;
    expect(volume.empty()).toBe(true);
    expect(existsSync(join(volume.directory, '..data'))).toBe(true);
    expect(readdirSync(join(volume.directory, '..data'))).toEqual([]);
    expect(existsSync(base.valuesFile('seer'))).toBe(false);
    expect(volume.empty()).toBe(false);

    expect(await store.refresh()).toBe(true);
    expect([store.namespace('seer').get('a'), store.namespace('seer').isset('a')]).toEqual([-1, false]);
    expect(await store.refresh()).toBe(false);
    expect(store.status()).toMatchObject({ health: 'ok', generation: 2, namespaces: { seer: { valuesHash: null } } });
    expect(await collectMessages(opened, volume)).toEqual([
      'info: Generation 2 is live: seer/a (1 option)',
      `warn: The values file of seer was deleted from ${join(base.directory, 'values')}; its defaults are in use.`,
      'info: Generation 3 is live: seer/a (1 option)',
      `info: The values of seer are back in ${join(base.directory, 'values')}.`,
    ]);
    expect(store.namespace('seer').get('a')).toBe(100);
  });

  it('All namespaces have their defaults if the volume of the whole values directory is empty', async () => {
    const base = new Base({ relay: { a: integer(-1) }, seer: { a: integer(-1) } });
    const volume = new ConfigMapVolume(join(base.directory, 'values'));
    volume.write({ 'relay/values.json': '{"options": {"a": 1}}', 'seer/values.json': '{"options": {"a": 1}}' });
    const { store } = open(base);
    volume.empty();
    expect(await store.refresh()).toBe(true);
    expect(store.namespaces().map((name) => store.namespace(name).get('a'))).toEqual([-1, -1]);
  });
});

describe('an unmounted volume', () => {
  const text = (a: number) => ({ 'seer/values.json': `{"options": {"a": ${a}}}` });

  function openValues(): Opened & { base: Base; volume: ConfigMapVolume; reason: string } {
    const base = new Base({ seer: { a: integer(-1) } });
    const volume = new ConfigMapVolume(join(base.directory, 'values'));
    volume.write(text(1));
    const reason = `The volume with the values of seer is gone from ${volume.directory} (unmounted, deleted or replaced)`;
    return { base, volume, reason, ...open(base) };
  }

  it('A store keeps the last values until an unmounted values directory returns', async () => {
    const { volume, store, messages, reason } = openValues();
    volume.unmount();
    expect(readdirSync(volume.directory)).toEqual([]);
    expect(await store.refresh()).toBe(false);
    expect(await store.refresh()).toBe(false);
    expect(store.namespace('seer').get('a')).toBe(1);
    expect(store.status()).toMatchObject({ health: 'degraded', reason, generation: 1, lastError: null });

    volume.mount();
    expect(await store.refresh()).toBe(false);
    expect(store.namespace('seer').get('a')).toBe(1);
    expect(store.status()).toMatchObject({ health: 'ok', reason: null, generation: 1 });

    volume.write(text(2));
    expect(await store.refresh()).toBe(true);
    expect(store.namespace('seer').get('a')).toBe(2);
    await vi.waitUntil(() => messages.length >= 3);
    expect(messages).toEqual([
      `warn: ${reason}; the last values stay in use.`,
      `info: The values in ${volume.directory} are valid again.`,
      'info: Generation 2 is live: seer/a (1 option)',
    ]);
  });

  it('A store keeps the last values if the mount point of an unmounted volume has a file', async () => {
    const { base, volume, store, messages, reason } = openValues();
    volume.unmount();
    base.writeValues('seer', { a: 5 });
    expect(await store.refresh()).toBe(false);
    // The bytes of the volume are no better there.
    base.writeText('seer', text(1)['seer/values.json']);
    expect(await store.refresh()).toBe(false);
    expect(store.namespace('seer').get('a')).toBe(1);
    expect(store.status()).toMatchObject({ health: 'degraded', reason, generation: 1, lastError: null });

    rmSync(join(volume.directory, 'seer'), { recursive: true });
    volume.write(text(2));
    volume.mount();
    expect(await store.refresh()).toBe(true);
    expect(store.namespace('seer').get('a')).toBe(2);
    expect(store.status()).toMatchObject({ health: 'ok', reason: null });
    await vi.waitUntil(() => messages.length >= 3);
    expect(messages[0]).toBe(`warn: ${reason}; the last values stay in use.`);
  });

  it('A write to an unmounted volume appears when the volume is mounted again', async () => {
    const { volume, store } = openValues();
    volume.unmount();
    volume.unmount();
    volume.write(text(3));
    expect(await store.refresh()).toBe(false);
    volume.mount();
    volume.mount();
    expect(await store.refresh()).toBe(true);
    expect(store.namespace('seer').get('a')).toBe(3);
    expect(readdirSync(join(volume.directory, '..')).sort()).toEqual(['schemas', 'values']);
  });

  it('An unmounted volume falls back to the defaults once it returns without the key', async () => {
    const { volume, store } = openValues();
    volume.unmount();
    volume.empty();
    expect(await store.refresh()).toBe(false);
    expect(store.namespace('seer').get('a')).toBe(1);
    volume.mount();
    expect(await store.refresh()).toBe(true);
    expect(store.namespace('seer').get('a')).toBe(-1);
    expect(store.status().health).toBe('ok');
  });

  it('mount() throws if the mount point is not empty', () => {
    const { volume } = openValues();
    volume.unmount();
    writeFileSync(join(volume.directory, 'file'), '');
    expect(() => volume.mount()).toThrow(expect.objectContaining({ code: 'ENOTEMPTY' }));
  });

  it('A store that starts without a values directory serves the defaults until it appears', async () => {
    const base = new Base({ seer: { a: integer(-1) } });
    const { store, messages } = open(base);
    expect(store.namespace('seer').get('a')).toBe(-1);
    expect(store.status().health).toBe('degraded');
    new ConfigMapVolume(join(base.directory, 'values')).write(text(1));
    expect(await store.refresh()).toBe(true);
    expect(store.namespace('seer').get('a')).toBe(1);
    await vi.waitUntil(() => messages.length >= 3);
    expect(messages.map((message) => message.split(':')[0])).toEqual(['warn', 'info', 'info']);
  });

  it('A store keeps all values while the volume of one namespace is unmounted', async () => {
    const base = new Base({ relay: { a: integer(-1) }, seer: { a: integer(-1) } });
    const volume = new ConfigMapVolume(join(base.directory, 'values/seer'));
    volume.writeValues({ a: 1 });
    base.writeValues('relay', { a: 1 });
    const { store, messages } = open(base);
    volume.unmount();
    base.writeValues('relay', { a: 2 });
    expect(await store.refresh()).toBe(false);
    expect(store.namespaces().map((name) => store.namespace(name).get('a'))).toEqual([1, 1]);
    expect(store.status()).toMatchObject({ health: 'degraded', reason: expect.stringContaining('values of seer is') });
    volume.mount();
    expect(await store.refresh()).toBe(true);
    expect(store.namespaces().map((name) => store.namespace(name).get('a'))).toEqual([2, 1]);
    await vi.waitUntil(() => messages.length >= 3);
    expect(messages).toEqual([
      expect.stringMatching(/^warn: The volume/),
      'info: Generation 2 is live: relay/a (1 option)',
      expect.stringMatching(/^info: The values/),
    ]);
  });

  it.each<[string, string, (directory: string) => void]>([
    ['keeps its values', 'is deleted', (directory) => rmSync(directory, { recursive: true })],
    [
      'keeps its values',
      'is replaced by an empty one',
      (directory) => {
        renameSync(directory, `${directory}.old`);
        mkdirSync(directory);
      },
    ],
    ['has its defaults', 'stays without the file', (directory) => rmSync(join(directory, 'values.json'))],
  ])('A namespace %s if its directory of plain files %s', async (outcome, _change, change) => {
    const base = new Base({ seer: { a: integer(-1) } });
    base.writeValues('seer', { a: 1 });
    const { store } = open(base);
    change(join(base.directory, 'values/seer'));
    const isKept = outcome === 'keeps its values';
    expect(await store.refresh()).toBe(!isKept);
    expect(store.namespace('seer').get('a')).toBe(isKept ? 1 : -1);
    expect(store.status().health).toBe(isKept ? 'degraded' : 'ok');
    base.writeValues('seer', { a: 2 });
    expect(await store.refresh()).toBe(true);
    expect(store.status().health).toBe('ok');
  });
});

describe('a subPath mount', () => {
  function openMounted(): Opened & { base: Base; volume: ConfigMapVolume } {
    const base = new Base({ seer: { a: integer(-1) } });
    const volume = new ConfigMapVolume(join(base.directory, 'config-map'));
    volume.writeValues({ a: 1 });
    volume.mountSubPath('values.json', base.valuesFile('seer'));
    return { base, volume, ...open(base) };
  }

  it('A subPath mount is a plain file that never receives an update', async () => {
    const { base, volume, store } = openMounted();
    expect(lstatSync(base.valuesFile('seer')).isFile()).toBe(true);
    expect(store.namespace('seer').get('a')).toBe(1);

    volume.writeValues({ a: 2 });
    expect(await store.refresh()).toBe(false);
    volume.empty();
    expect(await store.refresh()).toBe(false);
    expect(store.namespace('seer').get('a')).toBe(1);
    expect(store.status()).toMatchObject({ health: 'ok', generation: 1 });
  });

  it('A new subPath mount shows the current contents of the volume', async () => {
    const { base, volume, store } = openMounted();
    volume.writeValues({ a: 2 });
    volume.mountSubPath('values.json', base.valuesFile('seer'));
    expect(open(base).store.namespace('seer').get('a')).toBe(2);
    expect(await store.refresh()).toBe(true);
  });

  it('A subPath mount of a missing file is a directory, which a store rejects', async () => {
    const { base, volume, store } = openMounted();
    volume.mountSubPath('value.json', base.valuesFile('seer'));
    await expect(store.refresh()).rejects.toThrow('values.json is a directory, not a regular file');
    expect(store.namespace('seer').get('a')).toBe(1);
    expect(() => open(base)).toThrow(expect.objectContaining({ code: 'VALUES_INVALID' }));

    volume.mountSubPath('values.json', base.valuesFile('seer'));
    expect(await store.refresh()).toBe(false);
    expect(store.status().health).toBe('ok');
  });

  it('mountSubPath() throws for a directory that is not empty', () => {
    const { base, volume } = openMounted();
    const seer = join(base.directory, 'values/seer');
    expect(() => volume.mountSubPath('values.json', seer)).toThrow(expect.objectContaining({ code: 'ENOTEMPTY' }));
    expect(readdirSync(seer)).toEqual(['values.json']);
  });
});
