/** `sentry-options write`, a process of its own. */
import { replayTopic } from '../support/cli-replay.js';

const REFUSED = { why: 'they are refused, and not turned into something else', exit: 1, written: {} };

replayTopic('write', {
  concurrent: true,
  differences: {
    'yaml: what is no JSON number': {
      ...REFUSED,
      said: ['.inf', '-.inf', '+.inf', '.Inf', '.INF', '.nan', '.NaN', '.NAN'].map(
        (text, index) => `x/a/${index} ${text} is a number that JSON cannot hold`,
      ),
    },
    'yaml: anchors, aliases, merge keys': { ...REFUSED, said: ["x/c the key '<<' merges nothing here"] },
    'yaml: tags': {
      ...REFUSED,
      said: ['h', 'i', 'j', 'k', 'o', 'q/0', 'q/1'].map((place) => `x/${place} has the tag !`),
    },
  },
});
