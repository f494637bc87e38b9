/** The settings of vitest. Tests that import the package by its name run against `dist/`. */
import { fileURLToPath } from 'node:url';
import { configDefaults, defineConfig } from 'vitest/config';

const path = (name: string) => fileURLToPath(new URL(name, import.meta.url));

export default defineConfig({
  resolve: {
    // The package's `exports`: a test that imports it by name tests the published files, not the sources.
    alias: [
      { find: /^sentry-options$/, replacement: path('dist/index.js') },
      { find: /^sentry-options\/metrics$/, replacement: path('dist/metrics.js') },
      { find: /^sentry-options\/testing$/, replacement: path('dist/testing.js') },
      { find: /^sentry-options\/openfeature$/, replacement: path('dist/openfeature.js') },
      { find: /^sentry-options\/ofrep$/, replacement: path('dist/ofrep.js') },
      { find: /^sentry-options\/sentry$/, replacement: path('dist/sentry.js') },
    ],
  },
  test: {
    include: ['test/**/*.test.ts'],
    // Not every machine has a browser or Prometheus, and the YAML language server is large.
    exclude: [...configDefaults.exclude, 'test/browser/**', 'test/editors/**', 'test/prometheus/**'],
    globalSetup: ['test/support/build.ts'],
    // Each test file runs on the main thread of its own process: the reader blocks it, as it blocks a service's.
    pool: 'forks',
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Threads and processes of the tests share the machine with the runner. One more than CI has cores: many tests wait.
    maxWorkers: 3,
  },
});
