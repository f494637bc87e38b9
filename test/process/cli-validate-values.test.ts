/** `sentry-options validate-values`, a process of its own. */
import { replayTopic } from '../support/cli-replay.js';

const REFUSED = 'it is refused, and not turned into something else';

replayTopic('validate-values', {
  concurrent: true,
  differences: {
    'integers: which are': {
      why: 'they are, and a warning says which of them a Node.js service refuses',
      said: [
        'A service that runs on Node.js would refuse values/shop/default/base.yaml:',
        'Values validation successful',
      ],
    },
    'numbers: which are not': {
      why: REFUSED,
      unsaid: ['a', 'b', 'c'].map((key) => `rates/${key} null is not of type "number"`),
    },
    'merge key among the options is an unknown option': {
      why: REFUSED,
      exit: 1,
      said: ["the key '<<' merges nothing here", 'values/shop/default/base.yaml:2:3'],
    },
    'own tags make objects': {
      why: REFUSED,
      said: [
        'db has the tag !conn, which means nothing here',
        'greeting has the tag !secret, which means nothing here',
        'values/shop/default/base.yaml:3:13',
      ],
    },
    'flag: faults with their place': {
      why: 'later versions of the family take more forms of created_at, and so does the library',
      said: [
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
