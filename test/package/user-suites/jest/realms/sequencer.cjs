/** Orders the files of this directory for Jest. */
const { default: Sequencer } = require('@jest/test-sequencer');

/** Runs the files in the order of their names, since the second finds the store that the first starts. */
module.exports = class extends Sequencer {
  sort(tests) {
    return [...tests].sort((a, b) => (a.path < b.path ? -1 : 1));
  }
};
