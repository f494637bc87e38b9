/** Files that are run one after the other in one thread, each in a realm of its own, which is how Jest runs them. */
import esm from '../jest.config.js';

export default {
  ...esm,
  rootDir: '../..',
  testMatch: ['<rootDir>/jest/realms/*.spec.js'],
  testSequencer: '<rootDir>/jest/realms/sequencer.cjs',
};
