/** `npm start`: what the compiler knows about the options, and what it rejects. Prints a value and the defaults. */
import { features, init, options } from 'sentry-options';

init();
const shop = options('shop');

// No casts: the types come from the schema.
const pageSize: number = shop.get('page-size');
const { perMinute, burst = perMinute * 2 } = shop.get('limits');
console.log(`${pageSize} items, ${perMinute} requests a minute, ${burst} at once`);
console.log(`new checkout: ${features('shop').has('new-checkout', { plan: 'team' })}`);

// The compiler rejects each of these lines. If it accepted one, `@ts-expect-error` would be the error.
export function mistakes(): void {
  // @ts-expect-error: no such option
  shop.get('page-sise');
  // @ts-expect-error: the option is a number
  const size: string = shop.get('page-size');
  // @ts-expect-error: no such flag
  features('shop').has('new-chekout', { size });
}
