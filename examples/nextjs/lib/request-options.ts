/** One generation of the options for each request, for server components. */
import { cookies } from 'next/headers';
import { cache } from 'react';
import { FeatureContext, snapshot } from 'sentry-options';
import { logger } from './logger';

/**
 * Pins one generation for the whole request. React's `cache` returns the same object to all components of a request,
 * also after an `await` during which new values arrive. `cookies()` makes the page dynamic: the build reads nothing.
 */
export const requestOptions = cache(async () => {
  const customer = (await cookies()).get('customer')?.value;
  const pinned = snapshot();
  const context = new FeatureContext({ customer }, { identityFields: ['customer'] });
  const flags = { newCheckout: pinned.features('shop').has('new-checkout', context) };
  // Each line of the request says which values and flags it had.
  const log = logger.child({ generation: pinned.generation, flags });
  return { options: pinned.namespace('shop').values, flags, log };
});
