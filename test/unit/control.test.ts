/** Tests the control words: which state change wins, which waits it wakes, and when a watcher counts as stalled. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { identifyThread } from '../../src/common/kernel-thread.js';
import { Control, WatcherState } from '../../src/memory/control.js';
import { HEARTBEAT } from '../../src/memory/control-layout.js';

/** Changes the last heartbeat of `control` as if `seconds` had passed since. */
function age(control: Control, seconds: number): void {
  Atomics.sub(new BigInt64Array(control.buffer), HEARTBEAT, BigInt(seconds) * 1_000_000_000n);
}

afterEach(() => {
  vi.restoreAllMocks();
});

describe('Control.moveState', () => {
  it('Only the first of two competing threads changes the state and sets the reason', () => {
    const control = Control.create(null);
    control.moveState(WatcherState.STARTING, WatcherState.RUNNING);
    const other = new Control(control.buffer);
    expect(control.moveState(WatcherState.RUNNING, WatcherState.CRASHED, 'first')).toBe(true);
    expect(other.moveState(WatcherState.RUNNING, WatcherState.CRASHED, 'second')).toBe(false);
    expect(other.moveState(WatcherState.RUNNING, WatcherState.CLOSED)).toBe(false);
    expect(other.state).toBe(WatcherState.CRASHED);
    expect(other.reason).toBe('first');
  });

  it('moveState wakes the threads that wait for a signal', async () => {
    const control = Control.create(null);
    control.moveState(WatcherState.STARTING, WatcherState.RUNNING);
    const woken = control.nextSignal(control.signal);
    control.moveState(WatcherState.RUNNING, WatcherState.CLOSED);
    expect(await woken).toBe('ok');
    // A wait for an older signal returns at once.
    expect(control.nextSignal(control.signal - 1)).toBeUndefined();
  });
});

describe('Control.request and Control.serve', () => {
  it('Tickets are served in order, also when they wrap', () => {
    const control = Control.create(null);
    const words = new Int32Array(control.buffer);
    words.fill(2 ** 31 - 2, 3, 5);
    const tickets = [control.request(), control.request(), control.request()];
    expect(tickets).toEqual([2 ** 31 - 1, -(2 ** 31), -(2 ** 31) + 1]);
    control.serve(tickets[1] as number);
    expect(tickets.map((ticket) => control.isServed(ticket))).toEqual([true, true, false]);
  });

  it('A ticket wakes the watcher, even one that does not wait yet', async () => {
    const control = Control.create(null);
    const waiting = control.nextRequest(control.requested);
    const before = control.requested;
    control.request();
    await waiting;
    await control.nextRequest(before);
  });
});

describe('Control.detectStall', () => {
  it('A watcher is stalled if a step of a poll has run for more than 10 s', () => {
    const control = Control.create(5_000);
    control.beginPoll();
    age(control, 9);
    expect(control.detectStall()).toBe(false);
    age(control, 2);
    expect(control.detectStall()).toBe(true);
    control.beat();
    expect(control.detectStall()).toBe(false);
    control.endPoll();
    expect(control.detectStall()).toBe(false);
  });

  it('A watcher is stalled if no poll has begun for three intervals and a second', () => {
    const control = Control.create(5_000);
    control.beginPoll();
    control.endPoll();
    age(control, 15);
    expect(control.detectStall()).toBe(false);
    age(control, 2);
    expect(control.detectStall()).toBe(true);
  });

  it('A watcher that polls only on request is never stalled between two polls', () => {
    const control = Control.create(null);
    control.beginPoll();
    control.endPoll();
    age(control, 1_000_000);
    expect(control.detectStall()).toBe(false);
  });

  it('A thread watches an overdue heartbeat once, however often it asks', () => {
    const control = Control.create(10);
    control.beginPoll();
    control.endPoll();
    age(control, 100);
    const wait = vi.spyOn(Atomics, 'wait');
    expect([control.detectStall(), control.detectStall(), control.detectStall()]).toEqual([true, true, true]);
    expect(wait).toHaveBeenCalledTimes(1);
  });

  it('A watcher whose heartbeat is old, but that polls when a thread watches it, is not stalled', async () => {
    const control = Control.create(10);
    control.beginPoll();
    control.endPoll();
    age(control, 100);
    const source = `
      const { workerData } = require('node:worker_threads');
      const times = new BigInt64Array(workerData);
      // Moves the heartbeat once the other thread waits for it.
      while (Atomics.notify(times, ${HEARTBEAT}) === 0);
      Atomics.store(times, ${HEARTBEAT}, process.hrtime.bigint());
    `;
    const wait = vi.spyOn(Atomics, 'wait').mockImplementationOnce((...[times, index, value]) => {
      // The watch itself has no bound here: the other thread may take long to start.
      return Atomics.wait(times as BigInt64Array, index, value as bigint);
    });
    const worker = new Worker(source, { eval: true, workerData: control.buffer });
    expect(control.detectStall()).toBe(false);
    expect(wait).toHaveBeenCalled();
    await once(worker, 'exit');
    expect(control.detectStall()).toBe(false);
  });

  it('A watcher that works in one long step is slow, not stalled', () => {
    const control = Control.create(5_000);
    // This thread, which runs while it asks.
    control.setWatcher(identifyThread());
    control.beginPoll();
    age(control, 60);
    expect([control.detectStall(), control.isSlow]).toEqual([
      process.platform !== 'linux',
      process.platform === 'linux',
    ]);
    control.endPoll();
    expect([control.detectStall(), control.isSlow]).toEqual([false, false]);
  });

  it('A poll of many short steps becomes slow, and never stalled', () => {
    const control = Control.create(5_000);
    control.beginPoll();
    for (let step = 0; step < 4; step++) {
      age(control, 3);
      expect([control.detectStall(), control.isSlow]).toEqual([false, false]);
      control.setReading(`/file-${step}`);
    }
    expect([control.detectStall(), control.isSlow]).toEqual([false, true]);
    control.endPoll();
    expect(control.isSlow).toBe(false);
  });

  it('A freeze during a step of a poll does not make the poll slow', () => {
    const control = Control.create(5_000);
    control.beginPoll();
    age(control, 60);
    control.beat();
    expect([control.detectStall(), control.isSlow]).toEqual([false, false]);
  });
});

describe('Control.setReading', () => {
  it('The path that the watcher reads is truncated at 1 KiB, and undefined until it is set', () => {
    const control = Control.create(null);
    expect(control.reading).toBe(undefined);
    control.setReading(`/${'x'.repeat(5_000)}`);
    expect(control.reading).toBe(`/${'x'.repeat(1_023)}`);
    control.setReading('/short');
    expect(control.reading).toBe('/short');
  });
});

describe('Control.beginPoll and Control.endPoll', () => {
  it('Polls are counted, and the last one has its wall-clock time', () => {
    const control = Control.create(null);
    expect([control.polls, control.polledAt]).toEqual([0, undefined]);
    const before = Date.now();
    control.beginPoll();
    control.endPoll();
    expect(control.polls).toBe(1);
    expect(control.polledAt).toBeGreaterThanOrEqual(before);
  });
});

describe('Control.isCompatible', () => {
  it('Memory of another version, or of anything else, is not compatible', () => {
    const control = Control.create(null);
    expect(Control.isCompatible(control.buffer)).toBe(true);
    new Int32Array(control.buffer)[1] = 99;
    expect(Control.isCompatible(control.buffer)).toBe(false);
    expect(Control.isCompatible(new SharedArrayBuffer(control.buffer.byteLength))).toBe(false);
    expect(Control.isCompatible(new SharedArrayBuffer(8))).toBe(false);
  });
});
