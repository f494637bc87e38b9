/** Waits for what a signal of the watcher sets off in this thread. */
import { setImmediate as turn } from 'node:timers/promises';
import type { Control } from '../../src/memory/control.js';

/** Waits until every earlier signal has arrived: a wait that began later has ended. */
export async function waitForSignals(control: Control): Promise<void> {
  const wait = control.nextSignal(control.signal);
  control.signalAll();
  await wait;
  await turn();
  await turn();
}
