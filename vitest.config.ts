import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const path = (name: string) => fileURLToPath(new URL(name, import.meta.url));

export default defineConfig({
  resolve: {
    // What the package's `exports` say: whoever imports it by name tests what is published, and not its sources.
    alias: [
      { find: /^sentry-options$/, replacement: path('dist/index.js') },
      { find: /^sentry-options\/metrics$/, replacement: path('dist/metrics.js') },
      { find: /^sentry-options\/testing$/, replacement: path('dist/testing.js') },
      { find: /^sentry-options\/openfeature$/, replacement: path('dist/openfeature.js') },
    ],
  },
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/build.ts'],
    // The main thread of a process of its own: the reader blocks it, as a service's main thread is blocked.
    pool: 'forks',
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Threads and processes of the tests share the machine with the runner.
    maxWorkers: 2,
  },
});
