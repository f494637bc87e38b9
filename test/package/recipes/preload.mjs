/**
 * Runs in a recipe's process before its program. SIGUSR2 polls the files now, as the recipes poll every 5 seconds. When
 * the process exits, writes the state of the watcher to the file in SENTRY_OPTIONS_TEST_REPORT.
 */
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { isMainThread } from 'node:worker_threads';

if (isMainThread) {
  let store;
  process.on('SIGUSR2', async () => {
    const library = createRequire(join(process.cwd(), 'main.mjs')).resolve('sentry-options');
    const { init } = await import(pathToFileURL(library).href);
    // Returns the store that the program has started.
    store = init();
    // A rejection is logged, and `/healthz` reports it.
    await store.refresh().catch(() => {});
  });
  process.on('exit', () => {
    writeFileSync(process.env.SENTRY_OPTIONS_TEST_REPORT, store?.status().watcher ?? 'unknown');
  });
}
