/** `sentry-options eval`: the answers of the Rust command line, and what ours adds to them. */
import { replayTopic } from '../support/cli-replay.js';

const ONCE = 'the Rust command line repeats each issue for a copy of the flag with that segment alone';
const outside = (segment: string, rollout: number): string =>
  `false\nsegment: ${segment} (rollout ${rollout}%)\nconditions matched, but the context is outside the rollout\n`;

replayTopic('eval', {
  concurrent: true,
  differences: {
    "the flag named like one of the tool's own": {
      why: 'no name has a meaning of its own',
      stdout: outside('none', 0),
    },
    'a rollout of 50.0 counts as 100': {
      why: '50.0 is 50, as in a service',
      stdout: outside('s', 50),
    },
    'invalid: owner missing': { why: ONCE, lacks: ['feature.eval-segment-0 "owner" is a required property'] },
    'invalid: a segment is a text': {
      why: ONCE,
      lacks: ['feature.eval-segment-0/segments/0', 'feature.eval-segment-0/segments/0 "all" is not of type "object"'],
    },
    'invalid: an operator and a rollout: told for the flag and for each segment tried alone': {
      why: ONCE,
      contains: [
        'feature.dark/segments/1/conditions/0/operator "is" is not one of "in"',
        'feature.dark/segments/1/conditions/0/operator "is" is not one of "not_matches"',
        'feature.dark/segments/1/conditions/0/value 1 is not of type "array"',
        'feature.dark/segments/1/rollout 101 is greater than the maximum of 100',
      ],
    },
  },
});
