/** Runs the suites as ES modules, which needs NODE_OPTIONS=--experimental-vm-modules. */
export default {
  rootDir: '..',
  testMatch: ['<rootDir>/specs/*.spec.js', '<rootDir>/jest/*.spec.js'],
  transform: {},
  watchman: false,
};
