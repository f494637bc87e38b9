/** Crashes the watcher on demand, for tests (`crashWatcher`). Runs in the watcher thread. */
import type { CrashKind } from '../src/watcher/protocol.js';

/** Small enough that V8 ends only the thread that allocates. For a larger array it would end the whole process. */
const ARRAY_LENGTH = 2 ** 20;

/** Crashes this thread as `how` says. Called from an event handler, so that whatever it throws is uncaught. */
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
      // Objects of some size, and no calls: V8 has to notice within this loop that the thread must end.
      for (let i = 0; ; i++) hoard.push({ a: i, b: i, c: i, d: i, e: i, f: i, g: i, h: i });
    }
    case 'out-of-memory-arrays': {
      const hoard: number[][] = [];
      for (;;) hoard.push(new Array<number>(ARRAY_LENGTH).fill(hoard.length));
    }
  }
}
