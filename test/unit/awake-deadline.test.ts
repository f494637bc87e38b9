/** Tests a deadline that counts only the time in which its thread was awake. */
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { AwakeDeadline } from '../../src/common/awake-deadline.js';

const clock = vi.hoisted(() => ({ now: 0 }));
vi.mock('../../src/common/host-time.js', () => ({ monotonicTime: () => clock.now }));

beforeEach(() => {
  clock.now = 0;
});

/** Waits in slices that each take as long as `sleep` returns for it. Returns how many it takes. */
function countSlices(deadline: AwakeDeadline, most: number, sleep: (slice: number) => number): number {
  for (let slices = 0; ; slices++) {
    const slice = deadline.nextSlice(most);
    if (slice === 0) return slices;
    clock.now += sleep(slice);
  }
}

describe('AwakeDeadline', () => {
  it('The slices together last as long as the deadline, and the last one is shorter', () => {
    const slices: number[] = [];
    countSlices(new AwakeDeadline(2_500), 1_000, (slice) => {
      slices.push(slice);
      return slice;
    });
    expect(slices).toEqual([1_000, 1_000, 500]);
  });

  it('A freeze during a slice counts for little more than the slice, however long it lasts', () => {
    const deadline = new AwakeDeadline(30_000);
    let isFirst = true;
    const slices = countSlices(deadline, 1_000, (slice) => {
      const frozen = isFirst ? 60_000 : 0;
      isFirst = false;
      return slice + frozen;
    });
    expect(slices).toBeGreaterThanOrEqual(29);
    expect(slices).toBeLessThanOrEqual(30);
  });

  it('A freeze before the first slice, and one after each slice, does not end the wait', () => {
    const deadline = new AwakeDeadline(1_000);
    clock.now += 3_600_000;
    expect(countSlices(deadline, 20, (slice) => slice + 5_000)).toBeGreaterThan(20);
  });
});
