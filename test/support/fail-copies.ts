import { onTestFinished, vi } from 'vitest';

/**
 * Makes each copy of shared to private memory fail, as it does if the system has no memory, until the test or `restore` ends
 * it. `onTry` is called before.
 */
export function failCopies(onTry?: () => void): { restore(): void } {
  const { set } = Uint8Array.prototype;
  const fail = (): never => {
    onTry?.();
    throw new RangeError('Array buffer allocation failed');
  };
  const spies = [
    vi.spyOn(Uint8Array.prototype, 'slice').mockImplementation(fail),
    vi.spyOn(Uint8Array.prototype, 'set').mockImplementation(function (this: Uint8Array, source, offset) {
      const isShared = ArrayBuffer.isView(source) && source.buffer instanceof SharedArrayBuffer;
      if (isShared && !(this.buffer instanceof SharedArrayBuffer)) fail();
      set.call(this, source, offset);
    }),
  ];
  const restore = () => {
    for (const spy of spies) spy.mockRestore();
  };
  onTestFinished(restore);
  return { restore };
}
