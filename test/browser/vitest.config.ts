/** The settings of vitest for the tests in a browser, which not every machine has: `npm run test:browser` runs them. */
import { configDefaults, defineConfig } from 'vitest/config';
import common from '../../vitest.config.js';

export default defineConfig({
  ...common,
  test: { ...common.test, include: ['test/browser/**/*.test.ts'], exclude: configDefaults.exclude },
});
