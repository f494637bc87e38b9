/** Runs once, before the server takes requests. */
export async function register() {
  const { init } = await import('sentry-options');
  init({ pollInterval: 50 });
}
