/** CommonJS, made of the suites, and of the library, by Babel. Needs nothing of Node. */
import esm from './jest.config.js';

export default {
  ...esm,
  transform: {
    '\\.js$': [
      'babel-jest',
      {
        configFile: false,
        plugins: ['@babel/plugin-transform-dynamic-import', '@babel/plugin-transform-modules-commonjs'],
      },
    ],
  },
  // Without this line Jest leaves packages as they are, and cannot `require` one that is an ES module.
  transformIgnorePatterns: ['/node_modules/(?!sentry-options/)'],
};
