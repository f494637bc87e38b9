/** Compiles the suites and the library to CommonJS with Babel. Needs no flag of Node. */
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
  // Without this line Jest does not compile packages, and cannot `require` an ES module.
  transformIgnorePatterns: ['/node_modules/(?!sentry-options/)'],
};
