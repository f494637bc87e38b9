/**
 * Keeps what the library makes for itself out of the host's asynchronous contexts (`AsyncLocalStorage`). Runs in every
 * thread that reads. Node gives a new timer, port, worker or promise the context of the code that makes it; so one that
 * is made in a request, and lives on, would keep that request in memory, and run everything later in its context.
 */
import { AsyncResource } from 'node:async_hooks';

/**
 * The names of the symbols under which an AsyncResource keeps its context: from Node 22 on; before; and from Node 24 on
 * with `--no-async-context-frame`.
 */
const CONTEXT_SYMBOLS = new Set(['context_frame', 'kResourceStore', 'kAsyncLocalStorageContext']);

/** As arguments, they take 16 KiB of the stack: many times what Node needs to enter and to leave a context. */
const STACK_RESERVE: readonly undefined[] = new Array(2_048).fill(undefined);

/** Made when the module loads, usually outside of any request: the next best if the symbols have other names. */
const importContext = makeEmptyContext();

/**
 * Calls `callback` in no asynchronous context. What it makes, such as a timer, is in none either. Rethrows.
 *
 * @throws {RangeError} if the stack is nearly full
 */
export function runWithoutContext<T>(callback: () => T): T {
  // If the stack ran out while Node enters a context, Node would end the process later: its own stack of contexts would
  // no longer match. So it runs out here, or not at all.
  Reflect.apply(ignore, undefined, STACK_RESERVE);
  // A new one each time: `enterWith` in code that runs in it changes it.
  return importContext.runInAsyncScope(makeEmptyContext).runInAsyncScope(callback);
}

function ignore(): void {}

/**
 * Makes a resource without a context, although the library may be imported in a request. Node has no public way to leave
 * a context that belongs to another module's storage, so the resource loses what it has copied.
 */
function makeEmptyContext(): AsyncResource {
  const resource = new AsyncResource('sentry-options');
  for (const symbol of Object.getOwnPropertySymbols(resource)) {
    if (CONTEXT_SYMBOLS.has(symbol.description ?? '')) Reflect.deleteProperty(resource, symbol);
  }
  return resource;
}
