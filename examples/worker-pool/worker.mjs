/** A task of the pool. It starts no store: it finds that of the main thread, and reads from shared memory. */
import { options } from 'sentry-options';

// Held once for the life of the thread; `value` is always the newest.
const discount = options('shop').option('discount-percent');

export default function price(amount) {
  return amount - (amount * discount.value) / 100;
}
