/** `sentry-options validate-schema`, a process of its own. */
import { replayTopic } from '../support/cli-replay.js';

replayTopic('validate-schema', {
  concurrent: true,
  differences: {
    'an ordinary option may not begin with feature.': {
      why: 'as in the library, a plain option may',
      exit: 0,
      said: [],
    },
    'defaults 1.0, beyond 2^53 and beyond 2^64 are integers': {
      why: 'they are, and a warning says which of them a Node.js service refuses',
      said: [
        'A service that runs on Node.js would refuse schemas/shop/schema.json:',
        'b default value does not match schema: 9007199254740993 is beyond',
        'c default value does not match schema: 18446744073709551616 is beyond',
        'Schema validation successful',
      ],
    },
  },
});
