/** Tests the control words: which state change wins, which waits it wakes, and when a watcher counts as stalled. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { Control, WatcherState } from '../../src/memory/control.js';

const SECOND = 1_000_000_000n;

afterEach(() => {
  vi.restoreAllMocks();
});

function mockClock(start: bigint): { advance(nanoseconds: bigint): void } {
  let now = start;
  vi.spyOn(process.hrtime, 'bigint').mockImplementation(() => now);
  return {
    advance(nanoseconds) {
      now += nanoseconds;
    },
  };
}

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
    const woken = control.waitAsync(control.signal, 60_000);
    control.moveState(WatcherState.RUNNING, WatcherState.CLOSED);
    expect(await woken).toBe('ok');
    // A wait for an older signal returns at once.
    expect(await control.waitAsync(control.signal - 1, 60_000)).toBe('not-equal');
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

describe('Control.isStalled', () => {
  it('A watcher is stalled if a poll has run for more than 10 s', () => {
    const clock = mockClock(5n * SECOND);
    const control = Control.create(5_000);
    control.beginPoll();
    clock.advance(10n * SECOND);
    expect(control.isStalled).toBe(false);
    clock.advance(1n);
    expect(control.isStalled).toBe(true);
    control.endPoll();
    expect(control.isStalled).toBe(false);
  });

  it('A watcher is stalled if no poll has begun for three intervals and a second', () => {
    const clock = mockClock(5n * SECOND);
    const control = Control.create(5_000);
    control.beginPoll();
    control.endPoll();
    clock.advance(16n * SECOND);
    expect(control.isStalled).toBe(false);
    clock.advance(1n);
    expect(control.isStalled).toBe(true);
  });

  it('A watcher that polls only on request is never stalled between two polls', () => {
    const clock = mockClock(5n * SECOND);
    const control = Control.create(null);
    control.beginPoll();
    control.endPoll();
    clock.advance(1_000_000n * SECOND);
    expect(control.isStalled).toBe(false);
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
    vi.spyOn(Date, 'now').mockReturnValue(1_700_000_000_000);
    control.beginPoll();
    control.endPoll();
    expect([control.polls, control.polledAt]).toEqual([1, 1_700_000_000_000]);
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
