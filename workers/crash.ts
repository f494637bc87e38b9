/** The deaths of a watcher that tests ask for (`crashWatcher`). Runs in the watcher thread. */
import type { OwnerMessage } from '../src/watcher-protocol.js';

/** Ends this thread, in the way that is asked for. Called from an event, so that an exception is an uncaught one. */
export function crash(how: OwnerMessage['how']): void {
  switch (how) {
    case 'exception':
      throw new Error('crashed on demand');
    case 'exit':
      process.exit(3);
      break;
    case 'out-of-memory': {
      const hoard: object[] = [];
      for (;;) hoard.push({ index: hoard.length });
    }
  }
}
