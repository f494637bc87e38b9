/** The settings of vitest for the tests with a Prometheus, which not every machine has: `npm run test:prometheus` runs them. */
import { configDefaults, defineConfig } from 'vitest/config';
import common from '../../vitest.config.js';

export default defineConfig({
  ...common,
  test: {
    ...common.test,
    include: ['test/prometheus/**/*.test.ts'],
    exclude: configDefaults.exclude,
    testTimeout: 600_000,
  },
});
