/** Runs files one after the other in one thread, each in its own realm. */
import esm from '../jest.config.js';

export default {
  ...esm,
  rootDir: '../..',
  testMatch: ['<rootDir>/jest/realms/*.spec.js'],
  testSequencer: '<rootDir>/jest/realms/sequencer.cjs',
};
