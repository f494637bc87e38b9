/** `npm start`: what the compiler knows of the options, and what it refuses. It prints a value and the defaults. */
import { features, init, options } from 'sentry-options';

init();
const shop = options('shop');

// No casts: the types are those of the schema.
const pageSize: number = shop.get('page-size');
const { perMinute, burst = perMinute * 2 } = shop.get('limits');
console.log(`${pageSize} items, ${perMinute} requests a minute, ${burst} at once`);
console.log(`new checkout: ${features('shop').has('new-checkout', { plan: 'team' })}`);

// Each of these lines is an error of the compiler's; where it were none, `@ts-expect-error` would be one.
export function mistakes(): void {
  // @ts-expect-error: there is no such option
  shop.get('page-sise');
  // @ts-expect-error: it is a number
  const size: string = shop.get('page-size');
  // @ts-expect-error: there is no such flag
  features('shop').has('new-chekout', { size });
}
