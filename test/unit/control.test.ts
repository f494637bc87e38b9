/** The control words: who wins, who is woken, and what counts as stalled. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { Control, WatcherState } from '../../src/memory/control.js';

const SECOND = 1_000_000_000n;

afterEach(() => {
  vi.restoreAllMocks();
});

function clockAt(start: bigint): { advance(nanoseconds: bigint): void } {
  let now = start;
  vi.spyOn(process.hrtime, 'bigint').mockImplementation(() => now);
  return {
    advance(nanoseconds) {
      now += nanoseconds;
    },
  };
}

describe('the state', () => {
  it('is moved on by one of two that try, who gives the reason', () => {
    const control = Control.create(null);
    control.moveState(WatcherState.STARTING, WatcherState.RUNNING);
    const other = new Control(control.buffer);
    expect(control.moveState(WatcherState.RUNNING, WatcherState.CRASHED, 'first')).toBe(true);
    expect(other.moveState(WatcherState.RUNNING, WatcherState.CRASHED, 'second')).toBe(false);
    expect(other.moveState(WatcherState.RUNNING, WatcherState.CLOSED)).toBe(false);
    expect(other.state).toBe(WatcherState.CRASHED);
    expect(other.reason).toBe('first');
  });

  it('wakes who waits for an answer', async () => {
    const control = Control.create(null);
    control.moveState(WatcherState.STARTING, WatcherState.RUNNING);
    const woken = control.waitAsync(control.signal, 60_000);
    control.moveState(WatcherState.RUNNING, WatcherState.CLOSED);
    expect(await woken).toBe('ok');
    // And who comes too late does not wait at all.
    expect(await control.waitAsync(control.signal - 1, 60_000)).toBe('not-equal');
  });
});

describe('tickets', () => {
  it('are served in order, also where they wrap', () => {
    const control = Control.create(null);
    const words = new Int32Array(control.buffer);
    words.fill(2 ** 31 - 2, 3, 5);
    const tickets = [control.request(), control.request(), control.request()];
    expect(tickets).toEqual([2 ** 31 - 1, -(2 ** 31), -(2 ** 31) + 1]);
    control.serve(tickets[1] as number);
    expect(tickets.map((ticket) => control.isServed(ticket))).toEqual([true, true, false]);
  });

  it('wake the watcher, also one that has not begun to wait', async () => {
    const control = Control.create(null);
    const waiting = control.nextRequest(control.requested);
    const before = control.requested;
    control.request();
    await waiting;
    await control.nextRequest(before);
  });
});

describe('a watcher is stalled', () => {
  it('where a poll has run for more than 10 s', () => {
    const clock = clockAt(5n * SECOND);
    const control = Control.create(5_000);
    control.beginPoll();
    clock.advance(10n * SECOND);
    expect(control.isStalled).toBe(false);
    clock.advance(1n);
    expect(control.isStalled).toBe(true);
    control.endPoll();
    expect(control.isStalled).toBe(false);
  });

  it('where none has begun for three intervals and a second', () => {
    const clock = clockAt(5n * SECOND);
    const control = Control.create(5_000);
    control.beginPoll();
    control.endPoll();
    clock.advance(16n * SECOND);
    expect(control.isStalled).toBe(false);
    clock.advance(1n);
    expect(control.isStalled).toBe(true);
  });

  it('never between two polls where it polls only when asked', () => {
    const clock = clockAt(5n * SECOND);
    const control = Control.create(null);
    control.beginPoll();
    control.endPoll();
    clock.advance(1_000_000n * SECOND);
    expect(control.isStalled).toBe(false);
  });
});

describe('texts', () => {
  it('are cut at 1 KiB, and absent until they are written', () => {
    const control = Control.create(null);
    expect(control.reading).toBe(undefined);
    control.setReading(`/${'x'.repeat(5_000)}`);
    expect(control.reading).toBe(`/${'x'.repeat(1_023)}`);
    control.setReading('/short');
    expect(control.reading).toBe('/short');
  });
});

describe('polls', () => {
  it('are counted, and dated by the wall clock', () => {
    const control = Control.create(null);
    expect([control.polls, control.polledAt]).toEqual([0, undefined]);
    vi.spyOn(Date, 'now').mockReturnValue(1_700_000_000_000);
    control.beginPoll();
    control.endPoll();
    expect([control.polls, control.polledAt]).toEqual([1, 1_700_000_000_000]);
  });
});

describe('memory of another kind', () => {
  it('is told apart', () => {
    const control = Control.create(null);
    expect(Control.isCompatible(control.buffer)).toBe(true);
    new Int32Array(control.buffer)[1] = 99;
    expect(Control.isCompatible(control.buffer)).toBe(false);
    expect(Control.isCompatible(new SharedArrayBuffer(control.buffer.byteLength))).toBe(false);
    expect(Control.isCompatible(new SharedArrayBuffer(8))).toBe(false);
  });
});
