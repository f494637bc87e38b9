/** Runs the suites with Vitest, in the pool that the command line names. */
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    root: fileURLToPath(new URL('..', import.meta.url)),
    include: ['specs/*.spec.js', 'vitest/*.spec.{js,ts}'],
    globals: true,
  },
});
