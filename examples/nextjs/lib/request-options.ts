/** One generation of the options for each request, for server components. */
import { cookies } from 'next/headers';
import { cache } from 'react';
import { FeatureContext, snapshot } from 'sentry-options';
import { logger } from './logger';

/** The flags that pages use. Each is evaluated once for each request, and is in the request's log. */
const FLAGS = ['new-checkout'] as const;

/**
 * Pins one generation for the whole request. React's `cache` returns the same object to all components of a request,
 * also after an `await` during which new values arrive. `cookies()` makes the page dynamic: the build reads nothing.
 */
export const requestOptions = cache(async () => {
  const customer = (await cookies()).get('customer')?.value;
  const pinned = snapshot();
  const context = new FeatureContext({ customer }, { identityFields: ['customer'] });
  const flags = pinned.features('shop').all(context, { only: FLAGS });
  // Each line of the request says which values and flags it had.
  const log = logger.child({ generation: pinned.generation, flags });
  return { options: pinned.namespace('shop').values, flags, log };
});
