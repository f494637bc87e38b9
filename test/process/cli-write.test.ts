/** `sentry-options write`: the answers of the Rust command line. */
import { replayTopic } from '../support/cli-replay.js';

const REJECTED = { why: 'ours rejects them instead of converting them silently', exit: 1, written: {} };

replayTopic('write', {
  concurrent: true,
  differences: {
    'yaml: what is no JSON number': {
      ...REJECTED,
      contains: ['.inf', '-.inf', '+.inf', '.Inf', '.INF', '.nan', '.NaN', '.NAN'].map(
        (text, index) => `x/a/${index} ${text} is a number that JSON cannot represent`,
      ),
    },
    'yaml: anchors, aliases, merge keys': { ...REJECTED, contains: ["x/c the merge key '<<' is not supported"] },
    'yaml: tags': {
      ...REJECTED,
      contains: ['h', 'i', 'j', 'k', 'o', 'q/0', 'q/1'].map((place) => `x/${place} has the tag !`),
    },
  },
});
