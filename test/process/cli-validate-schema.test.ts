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
    'a key twice: the last one counts': {
      why: 'ours warns of it, with both places',
      contains: [
        'Probably not meant in schemas/shop/schema.json:\n' +
          '\tthe key "x" is there twice, and only the last one counts: remove the one at ' +
          'schemas/shop/schema.json:1:48 (schemas/shop/schema.json:1:104)\n',
        'Schema validation successful',
      ],
    },
    'version 1.0.0': {
      why: 'ours says the form, not a pattern',
      lacks: ['"^[0-9]+\\.[0-9]+$"'],
    },
    'option without anything': {
      why: 'without a type, ours has one issue, not also those of each type',
      lacks: ['"items"', '"properties"'],
    },
    'flag reference under another name': {
      why: 'a flag without its prefix is one issue',
      contains: ['only a feature flag has a "$ref": rename this to "feature.'],
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
