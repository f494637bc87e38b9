/** Tests calls of functions of the host: whatever they throw, or whatever their promises reject with, is passed on. */
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { callHost } from '../../src/common/host-call.js';

const error = new Error('a bug of the host');

class OwnPromise<T> extends Promise<T> {}

/** An object with a method `then`, which `await` accepts like a promise. */
function thenable(then: (resolve: (value: unknown) => void, reject: (error: unknown) => void) => void): unknown {
  return Object.defineProperty({}, 'then', { value: then });
}

const FAILURES: [string, () => unknown][] = [
  [
    'throws',
    () => {
      throw error;
    },
  ],
  ['is async and throws', async () => Promise.reject(error)],
  ['returns a subclass of Promise that rejects', () => OwnPromise.reject(error)],
  ['returns a thenable that rejects', () => thenable((_resolve, reject) => reject(error))],
  [
    'returns a thenable that rejects twice, then resolves and throws',
    () =>
      thenable((resolve, reject) => {
        reject(error);
        reject(new Error('again'));
        resolve(1);
        throw new Error('at last');
      }),
  ],
  [
    'returns a thenable that throws',
    () =>
      thenable(() => {
        throw error;
      }),
  ],
  [
    'returns an object whose then cannot be read',
    () =>
      Object.defineProperty({}, 'then', {
        get() {
          throw error;
        },
      }),
  ],
  ['returns a function that is a thenable', () => Object.assign(() => {}, thenableOf(error))],
  ['returns a promise of a promise that rejects', () => Promise.resolve(OwnPromise.reject(error))],
];

function thenableOf(reason: unknown): object {
  // biome-ignore lint/suspicious/noThenProperty: what a host may return.
  return { then: (_resolve: unknown, reject: (error: unknown) => void) => reject(reason) };
}

describe('callHost', () => {
  it.each(FAILURES)('callHost passes on one failure of a function that %s', async (_name, call) => {
    const failures: unknown[] = [];
    callHost(call, (failure) => failures.push(failure));
    await turn();
    expect(failures).toEqual([error]);
  });

  it.each([
    ['nothing', undefined],
    ['null', null],
    ['a value', 'text'],
    ['a promise', Promise.resolve(1)],
    ['a promise that never settles', new Promise(() => {})],
    ['an object', {}],
  ])('callHost accepts a function that returns %s', async (_name, result) => {
    const failures: unknown[] = [];
    callHost(
      () => result,
      (failure) => failures.push(failure),
    );
    await turn();
    expect(failures).toEqual([]);
  });
});
