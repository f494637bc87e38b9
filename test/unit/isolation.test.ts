/** Tests what a bad values file keeps back with `isolation: 'namespace'`, on real files, without a thread. */
import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ConfigMapVolume } from '../../src/testing/config-map-volume.js';
import { Base, integer, string } from '../support/base.js';
import { LIMITS } from '../support/limits.js';
import { PolledFiles } from '../support/polled-files.js';

const SCHEMAS = { relay: { n: integer(0) }, seer: { n: integer(0), text: string('') }, shop: { n: integer(0) } };

async function setUp(parts: ConstructorParameters<typeof PolledFiles>[1] = {}) {
  const base = new Base(SCHEMAS);
  for (const name of Object.keys(SCHEMAS)) base.writeValues(name, { n: 1 });
  const files = new PolledFiles(base.directory, { isolation: 'namespace', ...parts });
  await files.start();
  return { base, files };
}

function readAll(files: PolledFiles): unknown[] {
  return Object.keys(SCHEMAS).map((name) => files.read(name).n);
}

function heldOf(files: PolledFiles): unknown {
  const entries = Object.entries(files.record?.namespaces ?? {}).flatMap(([name, { held }]) =>
    held === null ? [] : [[name, held.reason]],
  );
  return Object.fromEntries(entries);
}

describe("isolation: 'namespace'", () => {
  it('A bad file at the start throws, whatever the other files are', async () => {
    const base = new Base(SCHEMAS);
    base.writeValues('relay', { n: 'x' });
    const files = new PolledFiles(base.directory, { isolation: 'namespace' });
    await expect(files.start()).rejects.toThrow('n "x" is not of type "integer"');
    expect(files.generation).toBe(0);
  });

  it('A bad file keeps the last values of its namespace, and the others go on, with one message for one cause', async () => {
    const { base, files } = await setUp();
    const begin = files.now;
    for (const name of Object.keys(SCHEMAS)) base.writeValues(name, { n: name === 'seer' ? 'x' : 2 });
    await files.poll();
    expect(readAll(files)).toEqual([2, 1, 2]);
    expect(heldOf(files)).toEqual({ seer: 'n "x" is not of type "integer"' });
    const directory = join(base.directory, 'values');
    const error =
      `Failed to reload values from ${directory}: Value error for seer:\n` +
      `\tn "x" is not of type "integer"\n  in ${directory}/seer/values.json\n` +
      'These namespaces keep their last values; all others do not wait for them.';
    expect(files.takeLog()).toEqual([`error ${error}`]);
    expect(files.record).toMatchObject({ rejection: { code: 'VALUES_INVALID', message: error }, accessError: null });
    expect(files.record?.reloads.map(({ generation, namespaces, error }) => [generation, namespaces, error])).toEqual([
      [2, ['relay', 'shop'], null],
      [null, [], error],
    ]);

    base.writeValues('shop', { n: 3 });
    await files.poll();
    expect(readAll(files)).toEqual([2, 1, 3]);
    expect(files.record).toMatchObject({ rejectedReloads: 1, reloads: { length: 3 } });
    const since = new Date(begin + 5_000).toISOString();
    expect(files.record?.namespaces.seer?.held?.since).toBe(since);
    expect(files.takeLog()).toEqual([]);

    base.writeValues('seer', { n: 'y' });
    base.writeText('relay', '{');
    await files.poll();
    expect(files.record).toMatchObject({ rejectedReloads: 2, rejectedAt: since });
    expect(files.record?.namespaces.seer?.held?.since).toBe(since);
    const [first = '', ...rest] = files.takeLog();
    expect(rest).toEqual([]);
    expect(first).toMatch(/Value error for relay:\n\tFailed to parse JSON.*Value error for seer:\n\tn "y" is not/s);

    base.writeValues('seer', { n: 4 });
    await files.poll();
    expect(readAll(files)).toEqual([2, 4, 3]);
    expect(files.takeLog()).toEqual([`info The values of seer in ${directory} are valid again.`]);
    base.writeValues('relay', { n: 2 });
    await files.poll();
    expect(files.record).toMatchObject({ rejection: null, rejectedAt: null, rejectedReloads: 2 });
    expect(heldOf(files)).toEqual({});
    expect(files.takeLog()).toEqual([`info The values of relay in ${directory} are valid again.`]);
  });

  it('A second bad file is logged alone, and listed with the first one in the error', async () => {
    const { base, files } = await setUp();
    base.writeValues('seer', { n: 'x' });
    await files.poll();
    files.takeLog();
    base.writeValues('shop', { n: 'z' });
    await files.poll();
    const [message = ''] = files.takeLog();
    expect(message).toContain('Value error for shop');
    expect(message).not.toContain('seer');
    expect(files.record?.rejection?.issues?.map(({ namespace }) => namespace)).toEqual(['seer', 'shop']);
  });

  it('Other bytes with the same error are another rejection, and no other message', async () => {
    const { base, files } = await setUp();
    for (const text of ['{"options": {"n": "x"}}', '{"options": { "n": "x" }}']) {
      base.writeText('seer', text);
      await files.poll();
      await files.poll();
    }
    expect(files.record).toMatchObject({ rejectedReloads: 2 });
    expect(files.takeLog()).toHaveLength(1);
  });

  it('A rejection of a requested poll is not logged, because the caller gets an exception', async () => {
    const { base, files } = await setUp();
    base.writeValues('seer', { n: 'x' });
    await files.poll(true);
    await files.poll();
    expect(files.takeLog()).toEqual([]);
  });

  it('A bad file that does not change is parsed once, and not read again once its times cannot hide a change', async () => {
    let steps = 0;
    const { base, files } = await setUp({ onStep: () => steps++ });
    base.writeText('seer', '{');
    await files.poll();
    await files.poll();
    const { loads } = files;
    await files.poll();
    expect(files.loads).toBe(loads);
    steps = 0;
    base.writeValues('shop', { n: 2 });
    await files.poll();
    // One step for each file that is read, and one for the file that is parsed.
    expect(steps).toBe(4);
    expect(readAll(files)).toEqual([1, 1, 2]);
  });

  it('A deleted file is a valid change to the defaults, and a dangling link is not', async () => {
    const { base, files } = await setUp();
    base.removeValues('seer');
    await files.poll();
    expect(readAll(files)).toEqual([1, undefined, 1]);
    expect(heldOf(files)).toEqual({});
    base.removeValues('shop');
    symlinkSync('nowhere', base.valuesFile('shop'));
    await files.poll();
    expect(heldOf(files)).toEqual({ shop: 'values.json is a symbolic link to nowhere, which does not exist' });
    expect(readAll(files)).toEqual([1, undefined, 1]);
  });

  it.each(['all', 'namespace'] as const)(
    "With isolation: '%s', a file may be deleted from a directory that was replaced, with the same file in it",
    async (isolation) => {
      const { base, files } = await setUp({ isolation });
      // Not deleted: the next directory would get the same inode.
      renameSync(dirname(base.valuesFile('seer')), join(base.directory, 'aside'));
      base.writeValues('seer', { n: 1 });
      await files.poll();
      base.removeValues('seer');
      await files.poll();
      expect(readAll(files)).toEqual([1, undefined, 1]);
      expect(files.record).toMatchObject({ accessError: null });
    },
  );

  it('A file that cannot be read is loaded again by each poll, and logged once', async () => {
    const { base, files } = await setUp();
    const file = base.valuesFile('seer');
    base.removeValues('seer');
    // A FIFO, a directory and a socket are no files; the system fails on a file below /proc.
    symlinkSync('/proc/self/mem', file);
    base.writeValues('shop', { n: 2 });
    await files.poll();
    await files.poll();
    const { loads } = files;
    await files.poll();
    expect(files.loads).toBeGreaterThan(loads);
    expect(readAll(files)).toEqual([1, 1, 2]);
    expect(heldOf(files)).toEqual({ seer: expect.stringMatching(/^values\.json cannot be read .*; the next poll/) });
    expect(files.takeLog()).toEqual([expect.stringMatching(/^error .*Value error for seer/s)]);
    // It is no reload: nothing is known about the content.
    expect(files.record).toMatchObject({ rejectedReloads: 0 });
    rmSync(file);
    base.writeValues('seer', { n: 3 });
    await files.poll();
    expect(readAll(files)).toEqual([1, 3, 2]);
  });

  it('A bad file that cannot be read for a while is neither logged nor counted again', async () => {
    const { base, files } = await setUp();
    for (const isReadable of [true, false, true]) {
      base.removeValues('seer');
      if (isReadable) base.writeValues('seer', { n: 'x' });
      else symlinkSync('/proc/self/mem', base.valuesFile('seer'));
      await files.poll();
    }
    expect(files.takeLog()).toEqual([
      expect.stringContaining('n "x" is not'),
      expect.stringContaining('cannot be read'),
    ]);
    expect(files.record).toMatchObject({ rejectedReloads: 1 });
  });

  it('A half-written file is read again before its namespace is held back', async () => {
    const { base, files } = await setUp();
    base.writeText('seer', '{"options": {"n": ');
    files.onPause = () => base.writeValues('seer', { n: 2 });
    await files.poll();
    expect(readAll(files)).toEqual([1, 2, 1]);
    expect(files.takeLog()).toEqual([]);
    let pauses = 0;
    files.onPause = () => void pauses++;
    base.writeText('seer', '{');
    await files.poll();
    base.writeValues('shop', { n: 2 });
    await files.poll();
    // Once for one cause: a namespace that is held back delays no other.
    expect(pauses).toBe(1);
  });

  it('A namespace whose volume is gone keeps its last values, with a warning, and no error', async () => {
    const base = new Base(SCHEMAS);
    for (const name of ['relay', 'shop']) base.writeValues(name, { n: 1 });
    const volume = new ConfigMapVolume(join(base.directory, 'values/seer'));
    volume.writeValues({ n: 1 });
    const files = new PolledFiles(base.directory, { isolation: 'namespace' });
    await files.start();
    volume.unmount();
    base.writeValues('shop', { n: 2 });
    await files.poll();
    await files.poll();
    expect(readAll(files)).toEqual([1, 1, 2]);
    const reason = `The volume with the values of seer is gone from ${base.directory}/values (unmounted, deleted or replaced)`;
    expect(heldOf(files)).toEqual({ seer: reason });
    expect(files.record).toMatchObject({ rejection: null, rejectedAt: null, accessError: reason, rejectedReloads: 0 });
    expect(files.takeLog()).toEqual([`warn ${reason}; the last values stay in use.`]);
    volume.writeValues({ n: 3 });
    volume.mount();
    await files.poll();
    expect(readAll(files)).toEqual([1, 3, 2]);
    expect(files.takeLog()).toEqual([`info The values of seer in ${base.directory}/values are valid again.`]);
    expect(files.record).toMatchObject({ accessError: null });
  });

  it('Without the values directory, all namespaces keep their last values, also one that is held back', async () => {
    const { base, files } = await setUp();
    base.writeValues('seer', { n: 'x' });
    base.writeValues('shop', { n: 2 });
    await files.poll();
    files.takeLog();
    const values = join(base.directory, 'values');
    rmSync(values, { recursive: true });
    await files.poll();
    expect(readAll(files)).toEqual([1, 1, 2]);
    expect(files.record).toMatchObject({ accessError: `The values directory ${values} does not exist` });
    mkdirSync(dirname(base.valuesFile('seer')), { recursive: true });
    writeFileSync(base.valuesFile('seer'), '{"options": {"n": "x"}}');
    for (const name of ['relay', 'shop']) base.writeValues(name, { n: 5 });
    await files.poll();
    expect(readAll(files)).toEqual([5, 1, 5]);
    expect(files.takeLog()).toEqual([
      expect.stringMatching(/^warn The values directory .* does not exist; the last values stay in use\.$/),
      `info The values in ${values} can be loaded again.`,
    ]);
  });

  it('The namespaces that grew most are held back until the snapshot fits, and go on once it does', async () => {
    const base = new Base(SCHEMAS);
    const files = new PolledFiles(base.directory, {
      isolation: 'namespace',
      limits: { ...LIMITS, payloadBytes: 20_000 },
    });
    await files.start();
    base.writeValues('seer', { n: 1, text: 'x'.repeat(19_000) });
    base.writeValues('shop', { n: 1 });
    await files.poll();
    expect(heldOf(files)).toEqual({
      seer: expect.stringMatching(
        /^values\.json needs \d+ more bytes in the snapshot, which must be at most 0\.0 MiB; /,
      ),
    });
    expect(readAll(files)).toEqual([undefined, undefined, 1]);
    expect(files.record?.rejectedReloads).toBe(1);
    base.writeValues('shop', { n: 2 });
    await files.poll();
    expect(files.record?.rejectedReloads).toBe(1);
    base.writeValues('seer', { n: 2, text: 'x'.repeat(10_000) });
    await files.poll();
    expect(readAll(files)).toEqual([undefined, 2, 2]);
    expect(heldOf(files)).toEqual({});
  });

  it('A namespace has room that another one leaves in the same reload', async () => {
    const [first, second] = [{ a: { text: string('') } }, { b: { text: string('') } }];
    const base = new Base({ ...first, ...second });
    const files = new PolledFiles(base.directory, {
      isolation: 'namespace',
      limits: { ...LIMITS, payloadBytes: 20_000 },
    });
    base.writeValues('a', {});
    base.writeValues('b', { text: 'x'.repeat(10_000) });
    await files.start();
    // In the order of the catalog, the one that grows comes first.
    base.writeValues('a', { text: 'x'.repeat(10_000) });
    base.writeValues('b', {});
    await files.poll();
    expect([files.read('a').text, files.read('b').text]).toEqual(['x'.repeat(10_000), undefined]);
    expect(heldOf(files)).toEqual({});
  });

  it('Without memory for the snapshot, the whole reload waits for the next poll', async () => {
    const { base, files } = await setUp();
    base.writeValues('seer', { n: 'x' });
    base.writeValues('shop', { n: 2 });
    files.capacity = { limit: 0, isTransient: true };
    await files.poll();
    expect(readAll(files)).toEqual([1, 1, 1]);
    files.capacity.limit = Number.POSITIVE_INFINITY;
    await files.poll();
    expect(readAll(files)).toEqual([1, 1, 2]);
    expect(heldOf(files)).toEqual({ seer: expect.any(String) });
  });
});
