/** The deaths of a watcher that tests ask for (`crashWatcher`). Runs in the watcher thread. */
import type { CrashKind } from '../src/watcher/protocol.js';

/** Smaller than what V8 would end the whole process for, rather than the thread that asks for it. */
const ARRAY_LENGTH = 2 ** 20;

/** Ends this thread, in the way that is asked for. Called from an event, so that what it throws is uncaught. */
export function crash(how: Exclude<CrashKind, 'terminate'>): void {
  switch (how) {
    case 'exception':
      throw new Error('crashed on demand');
    case 'rejection':
      void Promise.reject(new Error('crashed on demand'));
      break;
    case 'throw-null':
      throw null;
    case 'exit':
      process.exit(3);
      break;
    case 'out-of-memory': {
      const hoard: object[] = [];
      // Of some size, and without a call: V8 has to notice in this very loop that the thread is to end.
      for (let i = 0; ; i++) hoard.push({ a: i, b: i, c: i, d: i, e: i, f: i, g: i, h: i });
    }
    case 'out-of-memory-arrays': {
      const hoard: number[][] = [];
      for (;;) hoard.push(new Array<number>(ARRAY_LENGTH).fill(hoard.length));
    }
  }
}
