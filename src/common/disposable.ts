/** `Symbol.dispose` and `Symbol.asyncDispose`, even if the realm lacks them (a test runner's, on Node 20 and 22). */

/** The key of `dispose`. Polyfills and compiled `using` find the fallback under this name. */
export const DISPOSE: typeof Symbol.dispose = Symbol.dispose ?? (Symbol.for('Symbol.dispose') as never);

/** The key of `asyncDispose`. */
export const ASYNC_DISPOSE: typeof Symbol.asyncDispose =
  Symbol.asyncDispose ?? (Symbol.for('Symbol.asyncDispose') as never);

/** Makes a Disposable that calls `undo` once, and then forgets it. Disposing of it again does nothing. */
export function disposable(undo: () => void): Disposable {
  let pending: (() => void) | undefined = undo;
  return {
    [DISPOSE]() {
      const call = pending;
      // First: the host may keep the Disposable, which would keep whatever `undo` refers to.
      pending = undefined;
      call?.();
    },
  };
}
