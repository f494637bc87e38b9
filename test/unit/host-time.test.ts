/** Tests that the library's clocks and timers run while a test fakes those of its realm. */
import { afterEach, describe, expect, it, vi } from 'vitest';

afterEach(() => {
  vi.useRealTimers();
});

describe('host-time.ts', () => {
  it.each(['before', 'after'])('The timers run if they are faked %s the library is loaded', async (when) => {
    vi.resetModules();
    if (when === 'before') vi.useFakeTimers();
    const time = await import('../../src/common/host-time.js');
    if (when === 'after') vi.useFakeTimers();
    const begin = time.monotonicTime();
    await new Promise((resolve) => time.setTimeout(resolve, 1));
    await new Promise((resolve) => time.setImmediate(resolve));
    await new Promise<void>((resolve) => {
      const timer = time.setInterval(() => {
        time.clearInterval(timer);
        resolve();
      }, 1);
    });
    const canceled = time.setTimeout(() => expect.fail('This timer was canceled'), 1);
    time.clearTimeout(canceled);
    await time.sleep(5);
    time.sleepSync(1);
    expect(time.monotonicTime()).toBeGreaterThan(begin);
    expect(vi.getTimerCount()).toBe(0);
  });
});
