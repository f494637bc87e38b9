/** `sentry-options validate-values`: the answers of the Rust command line. */
import { replayTopic } from '../support/cli-replay.js';

const REJECTED = 'ours rejects it instead of converting it silently';

replayTopic('validate-values', {
  concurrent: true,
  differences: {
    'symbolic links are skipped': {
      why: 'ours warns of the links, because their values would be missing without a word',
      contains: ['Ignoring links, which no command follows: values/shop/', 'Values validation successful'],
    },
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
    'flag: faults with their place': {
      why: 'later versions of the Rust client accept more forms of created_at, and so does this library',
      contains: [
        "feature.dark Additional properties are not allowed ('color' was unexpected)",
        'feature.dark/created_at "2026-02-03T04:05:06Z" does not match "^',
        'feature.dark/owner/team "" is shorter than 1 character',
        'feature.dark/segments/0/name "" is shorter than 1 character',
        'feature.dark/segments/1 "name" is a required property',
        'feature.dark/segments/2/rollout 101 is greater than the maximum of 100',
      ],
    },
  },
});
