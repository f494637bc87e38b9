/** Tests the shared wait step by step: the control words are real, and the test acts as the watcher. */
import { setImmediate as turn } from 'node:timers/promises';
import { beforeEach, describe, expect, it } from 'vitest';
import { Control, WatcherState } from '../../src/memory/control.js';
import { SIGNAL } from '../../src/memory/control-layout.js';
import { SignalWait, type Waiter } from '../../src/view/signal-wait.js';

let control: Control;
let wait: SignalWait;

beforeEach(() => {
  control = Control.create(null);
  control.moveState(WatcherState.STARTING, WatcherState.RUNNING);
  wait = new SignalWait(control);
});

/** Makes a waiter that counts its calls. */
function makeWaiter(onSignal: () => void = () => {}): Waiter & { calls: number } {
  const waiter = {
    keepsAlive: false,
    calls: 0,
    onSignal() {
      waiter.calls++;
      onSignal();
    },
  };
  return waiter;
}

/** Wakes all native waits, and returns how many there were. */
function wakeNativeWaits(): number {
  return Atomics.notify(new Int32Array(control.buffer), SIGNAL);
}

/** Waits until each native wait that was woken has called its waiters. */
async function settle(): Promise<void> {
  const woken = control.nextSignal(control.signal);
  control.wakeAll();
  await woken;
  await turn();
  await turn();
}

describe('SignalWait', () => {
  it('Many waiters share one native wait, also after most of them have ended', async () => {
    const waiters = Array.from({ length: 1_000 }, () => makeWaiter());
    for (const waiter of waiters) wait.add(waiter, control.signal);
    for (const waiter of waiters.slice(1)) wait.delete(waiter);
    for (const waiter of waiters.slice(500)) wait.add(waiter, control.signal);
    expect(wakeNativeWaits()).toBe(1);
    await settle();
    expect(waiters.map(({ calls }) => calls > 0)).toEqual(waiters.map((_, index) => index === 0 || index >= 500));
  });

  it('A signal between the check and the registration reaches the waiter', async () => {
    const waiter = makeWaiter();
    const seen = control.signal;
    control.signalAll();
    wait.add(waiter, seen);
    expect(waiter.calls).toBe(0);
    await turn();
    expect(waiter.calls).toBe(1);
  });

  it('A signal during a call reaches the waiters that were called before, if another waiter is added then', async () => {
    const early = makeWaiter();
    const added = makeWaiter();
    let isFirst = true;
    const late = makeWaiter(() => {
      if (!isFirst) return;
      isFirst = false;
      // Another thread signals now, and what this call adds has seen that signal.
      control.signalAll();
      wait.add(added, control.signal);
    });
    for (const waiter of [early, late]) wait.add(waiter, control.signal);
    control.signalAll();
    await settle();
    expect(early.calls).toBeGreaterThan(1);
  });

  it('A waiter that is added after the end of the watcher is called once, and no native wait is left', async () => {
    control.moveState(WatcherState.RUNNING, WatcherState.CRASHED, 'a test');
    const waiter = makeWaiter();
    wait.add(waiter, control.signal);
    for (let turns = 0; turns < 3; turns++) await turn();
    expect([waiter.calls, wakeNativeWaits()]).toEqual([1, 0]);
  });

  it('close() ends the native wait at once if nothing waits, else with the last waiter', async () => {
    const waiter = makeWaiter();
    wait.add(waiter, control.signal);
    wait.close();
    await turn();
    expect(wakeNativeWaits()).toBe(1);
    await turn();
    wait.delete(waiter);
    await settle();
    expect(wakeNativeWaits()).toBe(0);
    // A refresh may come after that.
    const next = wait.next(control.signal);
    control.signalAll();
    await next;
    await settle();
    expect(wakeNativeWaits()).toBe(0);
  });
});
