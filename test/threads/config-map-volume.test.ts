/** Each state that a ConfigMap's volume can be in: what the directory looks like, what a store serves, and what it says. */
import { existsSync, lstatSync, readdirSync, readFileSync, readlinkSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type OptionsStore, openOptions } from 'sentry-options';
import { ConfigMapVolume } from 'sentry-options/testing';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { Base, integer, temporaryDirectory } from '../support/base.js';

const GENERATED_AT = new Date('2026-01-21T18:30:00.123Z');

interface Opened {
  readonly store: OptionsStore;
  /** All that the store has said so far, each with its level. */
  readonly messages: string[];
}

function open(base: Base): Opened {
  const messages: string[] = [];
  const say = (level: string) => (message: string) => void messages.push(`${level}: ${message}`);
  const logger = { debug: say('debug'), info: say('info'), warn: say('warn'), error: say('error') };
  const store = openOptions({ directory: base.directory, pollInterval: null, logger });
  onTestFinished(() => store.close());
  return { store, messages };
}

/** A volume for the namespace `seer`, with one version in it, and a store that reads it. */
function openSeer(): Opened & { base: Base; volume: ConfigMapVolume } {
  const base = new Base({ seer: { a: integer(-1) } });
  const volume = new ConfigMapVolume(join(base.directory, 'values/seer'));
  volume.writeValues({ a: 1 }, GENERATED_AT);
  return { base, volume, ...open(base) };
}

/** The messages up to and including the next one: it comes after all that was said before it. */
async function messagesWith({ store, messages }: Opened, volume: ConfigMapVolume): Promise<string[]> {
  volume.write({ 'values.json': '{"options": {"a": 100, "sentinel": 1}}' });
  await store.refresh();
  await vi.waitUntil(() => messages.some((message) => message.includes('sentinel')));
  return messages.filter((message) => !message.includes('sentinel'));
}

describe('a volume', () => {
  it('looks as one that the kubelet writes', () => {
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

    writeFileSync(path('beside'), 'of somebody else');
    const link = lstatSync(path('values.json')).ino;
    expect(volume.write({ 'values.json': '{ }' })).toBe(true);
    const second = readlinkSync(path('..data'));
    expect(readdirSync(volume.directory).sort()).toEqual([second, '..data', 'beside', 'values.json'].sort());
    // The link of a key that stays is never touched.
    expect(lstatSync(path('values.json')).ino).toBe(link);
  });

  it('is not written where a file of somebody else is in the way, which would hide it', () => {
    const volume = new ConfigMapVolume(temporaryDirectory());
    writeFileSync(join(volume.directory, 'values.json'), '{}');
    expect(() => volume.write({ 'values.json': '{ }' })).toThrow(expect.objectContaining({ code: 'EEXIST' }));
  });

  it('holds what CI writes for one namespace', async () => {
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
  it('is refused with line and column, and the old values stay until it is mended', async () => {
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
    expect(await messagesWith(opened, volume)).toEqual([
      `info: The values in ${join(base.directory, 'values')} are valid again.`,
    ]);
  });

  it('is the first half of what is there, in place, and the same text again mends it', async () => {
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

  it('stops a start', () => {
    const base = new Base({ seer: { a: integer(-1) } });
    const volume = new ConfigMapVolume(join(base.directory, 'values/seer'));
    volume.writeValues({ a: 1 });
    volume.tear();
    expect(() => open(base)).toThrow(expect.objectContaining({ code: 'VALUES_INVALID', namespace: 'seer' }));
  });

  it('has to be of some text', () => {
    const volume = new ConfigMapVolume(temporaryDirectory());
    expect(() => volume.tear()).toThrow(expect.objectContaining({ code: 'ENOENT' }));
  });
});

describe('an emptied volume', () => {
  it('means defaults, with one warning', async () => {
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
    expect(await messagesWith(opened, volume)).toEqual([
      `warn: The values of seer are gone from ${join(base.directory, 'values')}; its defaults are in use.`,
      `info: The values of seer are back in ${join(base.directory, 'values')}.`,
    ]);
    expect(store.namespace('seer').get('a')).toBe(100);
  });

  it('that is the whole values directory means the defaults of all', async () => {
    const base = new Base({ relay: { a: integer(-1) }, seer: { a: integer(-1) } });
    const volume = new ConfigMapVolume(join(base.directory, 'values'));
    volume.write({ 'relay/values.json': '{"options": {"a": 1}}', 'seer/values.json': '{"options": {"a": 1}}' });
    const { store } = open(base);
    volume.empty();
    expect(await store.refresh()).toBe(true);
    expect(store.namespaces().map((name) => store.namespace(name).get('a'))).toEqual([-1, -1]);
  });
});

describe('a directory that is missing', () => {
  const text = (a: number) => ({ 'seer/values.json': `{"options": {"a": ${a}}}` });

  function openValues(): Opened & { base: Base; volume: ConfigMapVolume; problem: string } {
    const base = new Base({ seer: { a: integer(-1) } });
    const volume = new ConfigMapVolume(join(base.directory, 'values'));
    volume.write(text(1));
    return { base, volume, problem: `The values directory ${volume.directory} does not exist`, ...open(base) };
  }

  it('leaves the last values in use, with one warning, and is served again when it is back', async () => {
    const { volume, store, messages, problem } = openValues();
    volume.unmount();
    expect(existsSync(volume.directory)).toBe(false);
    expect(await store.refresh()).toBe(false);
    expect(await store.refresh()).toBe(false);
    expect(store.namespace('seer').get('a')).toBe(1);
    expect(store.status()).toMatchObject({ health: 'degraded', reason: problem, generation: 1, lastError: null });

    volume.mount();
    expect(await store.refresh()).toBe(false);
    expect(store.namespace('seer').get('a')).toBe(1);
    expect(store.status()).toMatchObject({ health: 'ok', reason: null, generation: 1 });

    volume.write(text(2));
    expect(await store.refresh()).toBe(true);
    expect(store.namespace('seer').get('a')).toBe(2);
    await vi.waitUntil(() => messages.length >= 2);
    expect(messages).toEqual([
      `warn: ${problem}; the last values stay in use.`,
      `info: The values in ${volume.directory} are valid again.`,
    ]);
  });

  it('is written to all the same, and shows it when it is back', async () => {
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

  it('at start means defaults until it appears', async () => {
    const base = new Base({ seer: { a: integer(-1) } });
    const volume = new ConfigMapVolume(join(base.directory, 'values'));
    volume.write(text(1));
    volume.unmount();
    const { store, messages } = open(base);
    expect(store.namespace('seer').get('a')).toBe(-1);
    expect(store.status().health).toBe('degraded');
    volume.mount();
    expect(await store.refresh()).toBe(true);
    expect(store.namespace('seer').get('a')).toBe(1);
    await vi.waitUntil(() => messages.length >= 2);
    expect(messages.map((message) => message.split(':')[0])).toEqual(['warn', 'info']);
  });

  it('of one namespace means its defaults', async () => {
    const opened = openSeer();
    const { volume, store } = opened;
    volume.unmount();
    expect(await store.refresh()).toBe(true);
    expect(store.namespace('seer').get('a')).toBe(-1);
    expect(store.status().health).toBe('ok');
    volume.mount();
    expect(await store.refresh()).toBe(true);
    expect(store.namespace('seer').get('a')).toBe(1);
    expect(await messagesWith(opened, volume)).toEqual([
      expect.stringContaining('warn: The values of seer are gone'),
      expect.stringContaining('info: The values of seer are back'),
    ]);
  });
});

describe('a subPath', () => {
  function mounted(): Opened & { base: Base; volume: ConfigMapVolume } {
    const base = new Base({ seer: { a: integer(-1) } });
    const volume = new ConfigMapVolume(join(base.directory, 'config-map'));
    volume.writeValues({ a: 1 });
    volume.mountSubPath('values.json', base.valuesFile('seer'));
    return { base, volume, ...open(base) };
  }

  it('is a plain file, which is read and never updated', async () => {
    const { base, volume, store } = mounted();
    expect(lstatSync(base.valuesFile('seer')).isFile()).toBe(true);
    expect(store.namespace('seer').get('a')).toBe(1);

    volume.writeValues({ a: 2 });
    expect(await store.refresh()).toBe(false);
    volume.empty();
    expect(await store.refresh()).toBe(false);
    expect(store.namespace('seer').get('a')).toBe(1);
    expect(store.status()).toMatchObject({ health: 'ok', generation: 1 });
  });

  it('is what the volume holds by then when it is mounted anew', async () => {
    const { base, volume, store } = mounted();
    volume.writeValues({ a: 2 });
    volume.mountSubPath('values.json', base.valuesFile('seer'));
    expect(open(base).store.namespace('seer').get('a')).toBe(2);
    expect(await store.refresh()).toBe(true);
  });

  it('of a file that is not there is a directory, and is refused', async () => {
    const { base, volume, store } = mounted();
    volume.mountSubPath('value.json', base.valuesFile('seer'));
    await expect(store.refresh()).rejects.toThrow('values.json is a directory, not a regular file');
    expect(store.namespace('seer').get('a')).toBe(1);
    expect(() => open(base)).toThrow(expect.objectContaining({ code: 'VALUES_INVALID' }));

    volume.mountSubPath('values.json', base.valuesFile('seer'));
    expect(await store.refresh()).toBe(false);
    expect(store.status().health).toBe('ok');
  });

  it('is not mounted over a directory that is in use', () => {
    const { base, volume } = mounted();
    const seer = join(base.directory, 'values/seer');
    expect(() => volume.mountSubPath('values.json', seer)).toThrow(expect.objectContaining({ code: 'ENOTEMPTY' }));
    expect(readdirSync(seer)).toEqual(['values.json']);
  });
});
