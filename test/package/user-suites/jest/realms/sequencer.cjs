const { default: Sequencer } = require('@jest/test-sequencer');

/** By name: what the first file starts, the second one finds. */
module.exports = class extends Sequencer {
  sort(tests) {
    return [...tests].sort((a, b) => (a.path < b.path ? -1 : 1));
  }
};
