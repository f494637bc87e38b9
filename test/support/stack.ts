/** Calls code where little stack is left. */

/** Calls `action` where `left` frames, of this function, have fitted on the stack and no more. */
export function callAtEndOfStack(left: number, action: () => void): void {
  let unwound = 0;
  const fall = (): void => {
    try {
      fall();
    } catch (error) {
      if (unwound++ === left) action();
      else throw error;
    }
  };
  fall();
}
