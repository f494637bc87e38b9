/** ES modules as they are; Node has to be told to let Jest load them: NODE_OPTIONS=--experimental-vm-modules */
export default {
  rootDir: '..',
  testMatch: ['<rootDir>/specs/*.spec.js', '<rootDir>/jest/*.spec.js'],
  transform: {},
  watchman: false,
};
