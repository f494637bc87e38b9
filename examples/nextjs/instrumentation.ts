/** Starts the store. Next.js calls this once, before the server accepts requests; `next build` does not call it. */
export async function register(): Promise<void> {
  // In this form, Next.js leaves the block out of the Edge Runtime, which has no threads.
  if (process.env.NEXT_RUNTIME === 'nodejs') {
    const { init } = await import('sentry-options');
    const { logger } = await import('./lib/logger');
    // A service with invalid options does not start. What the watcher reports later is in the service's log.
    init({ logger });
    // No `close()`: Next.js ends the process by itself after its last answer, and the watcher ends with it.
  }
}
