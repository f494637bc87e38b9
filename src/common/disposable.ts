/** `Symbol.dispose` and its sister, also where there are none: in a test runner's realm on Node 20 and 22. */

/** The key of `dispose`; a polyfill, and compiled `using`, find it under this name. */
export const DISPOSE: typeof Symbol.dispose = Symbol.dispose ?? (Symbol.for('Symbol.dispose') as never);

/** The key of `asyncDispose`. */
export const ASYNC_DISPOSE: typeof Symbol.asyncDispose =
  Symbol.asyncDispose ?? (Symbol.for('Symbol.asyncDispose') as never);

/** Something to be undone once; a second time does nothing. */
export function disposable(undo: () => void): Disposable {
  let isDone = false;
  return {
    [DISPOSE]() {
      if (isDone) return;
      isDone = true;
      undo();
    },
  };
}
