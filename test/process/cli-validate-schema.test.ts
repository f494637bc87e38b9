/** `sentry-options validate-schema`: the answers of the Rust command line. */
import { replayTopic } from '../support/cli-replay.js';

replayTopic('validate-schema', {
  concurrent: true,
  differences: {
    'an ordinary option may not begin with feature.': {
      why: 'in ours and in the library, a plain option may',
      exit: 0,
      contains: [],
    },
    'defaults 1.0, beyond 2^53 and beyond 2^64 are integers': {
      why: 'ours warns of the integers that a Node.js service rejects',
      contains: [
        'A Node.js service would reject schemas/shop/schema.json:',
        'b default value does not match schema: 9007199254740993 is beyond',
        'c default value does not match schema: 18446744073709551616 is beyond',
        'Schema validation successful',
      ],
    },
  },
});
