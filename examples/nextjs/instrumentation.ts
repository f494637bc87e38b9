/** Starts the store. Next.js calls this once, before the server accepts requests; `next build` does not call it. */
export async function register(): Promise<void> {
  // In this form, Next.js leaves the block out of the Edge Runtime, which has no threads.
  if (process.env.NEXT_RUNTIME === 'nodejs') {
    const { close, init } = await import('sentry-options');
    const { logger } = await import('./lib/logger');
    // A service with invalid options does not start. What the watcher reports later is in the service's log.
    init({ logger });
    // Next.js answers the requests that have begun. They still read the last values after this.
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, close);
  }
}
