/** The code under test. It contains nothing for tests. */
import { features, options } from 'sentry-options';

/** Returns the cost of shipping an order, in cents. */
export function shippingCost(total) {
  const { freeFrom, cost } = options('shop').get('shipping');
  return total >= freeFrom ? 0 : cost;
}

/** Returns the name of the customer's checkout page. */
export function checkoutPage(customer) {
  return features('shop').has('new-checkout', { plan: customer.plan }) ? 'checkout-2026' : 'checkout';
}
