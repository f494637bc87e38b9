/** A task of the pool. It finds the main thread's store and reads from shared memory. */
import { options } from 'sentry-options';

// Held for the life of the thread; `value` is always the newest.
const discount = options('shop').option('discount-percent');

export default function price(amount) {
  return amount - (amount * discount.value) / 100;
}
