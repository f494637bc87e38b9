/** What is tested: it knows nothing of tests. */
import { features, options } from 'sentry-options';

/** The cost of sending an order, in cents. */
export function shippingCost(total) {
  const { freeFrom, cost } = options('shop').get('shipping');
  return total >= freeFrom ? 0 : cost;
}

/** The page that a customer pays on. */
export function checkoutPage(customer) {
  return features('shop').has('new-checkout', { plan: customer.plan }) ? 'checkout-2026' : 'checkout';
}
