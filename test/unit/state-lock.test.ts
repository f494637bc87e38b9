/** Tests which processes wait for another one that starts, and which do not. Real files, threads and processes. */
import { execFileSync, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { describe, expect, it, onTestFinished } from 'vitest';
import { lockFile, stateFolder } from '../../src/state/kept.js';
import { lockStart, releaseStart } from '../../src/state/lock.js';
import { temporaryDirectory } from '../support/base.js';

/** Long enough for a test to fail if somebody waits for its end. */
const TIMEOUT = 60_000;

/** A state directory in which another process holds the lock, or has left it behind. */
class World {
  readonly directory = temporaryDirectory();
  readonly path = lockFile(this.directory, 'key');
  readonly messages: string[] = [];

  /** Writes the lock. `age`: in seconds. */
  hold(content: string, age = 0): this {
    mkdirSync(dirname(this.path), { mode: 0o700 });
    writeFileSync(this.path, content, { mode: 0o600 });
    const time = Date.now() / 1_000 - age;
    utimesSync(this.path, time, time);
    return this;
  }

  lock(timeout = TIMEOUT, { directory = this.directory, key = 'key' } = {}): string | undefined {
    return lockStart(directory, key, timeout, (_, message) => this.messages.push(message));
  }
}

/** What this process writes into a lock. */
const SPACE = process.platform === 'linux' ? readlinkSync('/proc/self/ns/pid') : process.platform;
const SELF = `${SPACE} ${process.pid}`;

describe('the lock of starts', () => {
  it('The first process takes it, and releases it', () => {
    const world = new World();
    expect(world.lock()).toBe(world.path);
    expect(readdirSync(stateFolder(world.directory))).toEqual(['key.lock']);
    expect(readFileSync(world.path, 'latin1')).toBe(SELF);
    releaseStart(world.path);
    expect(world.lock()).toBe(world.path);
  });

  it('Other schemas have another lock', () => {
    const world = new World().hold(SELF);
    expect(world.lock(TIMEOUT, { key: 'other' })).toBe(lockFile(world.directory, 'other'));
  });

  it('Another process waits until the first one has released it', () => {
    const world = new World().hold(SELF);
    // This thread blocks.
    const release = `setTimeout(() => require('node:fs').unlinkSync(${JSON.stringify(world.path)}), 50)`;
    const worker = new Worker(release, { eval: true });
    onTestFinished(() => void worker.terminate());
    expect(world.lock()).toBe(undefined);
    expect(existsSync(world.path)).toBe(false);
    expect(world.messages).toEqual([]);
  });

  it('It waits for half of its timeout at most, and then says whom it waited for', () => {
    const world = new World().hold(SELF);
    expect(world.lock(20)).toBe(undefined);
    expect(existsSync(world.path)).toBe(true);
    const [message] = world.messages.map((text) => text.replace(/\d+ ms/, 'N ms'));
    expect(world.messages).toHaveLength(1);
    expect(message).toBe(
      `The start waited N ms for the process that holds ${world.path}, and now validates the files itself. ` +
        'Check whether that process, whose number is in the file, is stopped or has too little CPU time.',
    );
  });

  it('A lock whose process was killed is taken over at once', () => {
    const { pid } = spawnSync(process.execPath, ['--version']);
    const world = new World().hold(`${SPACE} ${pid}`);
    expect(world.lock()).toBe(world.path);
    expect(readFileSync(world.path, 'latin1')).toBe(SELF);
  });

  it.each([
    ['of a living process, after 5 seconds', SELF, 5.1],
    ['of a process in another container, after 1 second', 'pid:[1] 1', 1.1],
    ['that was written on a full disk, after 1 second', '', 1.1],
    ['from the future', SELF, -6],
  ])('A lock %s counts as left behind', (_, content, age) => {
    const world = new World().hold(content, age);
    expect(world.lock()).toBe(world.path);
  });

  it('The lock of a process in another container is waited for, too', () => {
    const world = new World().hold('pid:[1] 1', 0.5);
    expect(world.lock()).toBe(undefined);
  });

  it.each<[string, (world: World) => void]>([
    ['a FIFO', ({ path }) => execFileSync('mkfifo', ['-m', '600', path])],
    ['a directory', ({ path }) => mkdirSync(path)],
    ['a link', ({ path }) => symlinkSync('/dev/zero', path)],
    ['a large file', ({ path }) => writeFileSync(path, 'x'.repeat(1_000))],
  ])('Nobody waits for %s in its place, which stays', (_, prepare) => {
    const world = new World();
    mkdirSync(dirname(world.path), { mode: 0o700 });
    prepare(world);
    expect(world.lock()).toBe(undefined);
    expect(readdirSync(dirname(world.path))).toEqual(['key.lock']);
  });

  it('A directory that is missing, or a file, costs nothing', () => {
    const world = new World();
    const { directory, messages } = world;
    writeFileSync(`${directory}/file`, '');
    for (const name of ['missing', 'file', '\0']) {
      expect(world.lock(TIMEOUT, { directory: `${directory}/${name}` })).toBe(undefined);
    }
    expect([readdirSync(directory), messages]).toEqual([['file'], []]);
  });
});
