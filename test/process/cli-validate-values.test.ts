/** `sentry-options validate-values`: the answers of the Rust command line. */
import { replayTopic } from '../support/cli-replay.js';

const REJECTED = 'ours rejects it instead of converting it silently';

replayTopic('validate-values', {
  concurrent: true,
  differences: {
    'integers: which are': {
      why: 'ours warns of the integers that a Node.js service rejects',
      contains: ['A Node.js service would reject values/shop/default/base.yaml:', 'Values validation successful'],
    },
    'numbers: which are not': {
      why: REJECTED,
      lacks: ['a', 'b', 'c'].map((key) => `rates/${key} null is not of type "number"`),
    },
    'merge key among the options is an unknown option': {
      why: REJECTED,
      exit: 1,
      contains: ["the merge key '<<' is not supported", 'values/shop/default/base.yaml:2:3'],
    },
    'own tags make objects': {
      why: REJECTED,
      contains: [
        'db has the tag !conn, which is not supported',
        'greeting has the tag !secret, which is not supported',
        'values/shop/default/base.yaml:3:13',
      ],
    },
  },
});
