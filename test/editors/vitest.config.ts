/** The settings of vitest for the tests with the YAML language server: `npm run test:editors` runs them. */
import { configDefaults, defineConfig } from 'vitest/config';
import common from '../../vitest.config.js';

export default defineConfig({
  ...common,
  test: {
    ...common.test,
    include: ['test/editors/**/*.test.ts'],
    exclude: configDefaults.exclude,
    testTimeout: 300_000,
  },
});
