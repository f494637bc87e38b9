/** `sentry-options validate-values`: the answers of the Rust command line, and values of flags by pattern. */
import { expect, it } from 'vitest';
import { replayTopic } from '../support/cli-replay.js';
import { ValuesTree } from '../support/values-tree.js';

const REJECTED = 'ours rejects it instead of converting it silently';

replayTopic('validate-values', {
  concurrent: true,
  differences: {
    'options twice: the last one counts': {
      why: 'ours warns of it, with both places',
      contains: ["the key 'options' is there twice, and only the last one counts: move here what is below the one at "],
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
    'flag: faults with their place': {
      why: 'ours says the form of a date, not a pattern',
      contains: [
        "feature.dark Additional properties are not allowed ('color' was unexpected)",
        'feature.dark/created_at "2026-02-03T04:05:06Z" is not a date, as 2026-01-31, or a time',
        'feature.dark/owner/team "" is shorter than 1 character',
        'feature.dark/segments/0/name "" is shorter than 1 character',
        'feature.dark/segments/1 "name" is a required property',
        'feature.dark/segments/2/rollout 101 is greater than the maximum of 100',
      ],
    },
    'flag: unknown operator': {
      why: 'one line lists all operators',
      contains: [
        'feature.dark/segments/0/conditions/0/operator "is" is not one of "in", "not_in", "contains", "not_contains", "equals", "not_equals", "matches" or "not_matches"',
      ],
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

it('Values of flags by pattern are checked as flags, and other names are unknown', async () => {
  const tree = new ValuesTree();
  const patternProperties = { '^feature\\.': { $ref: '#/definitions/Feature' } };
  tree.write('schemas/shop/schema.json', JSON.stringify({ version: '1.0', type: 'object', patternProperties }));
  tree.write(
    'values/shop/default/a.yaml',
    'options:\n  feature.a: {owner: {team: t}, created_at: 2026-02-03, segments: []}\n' +
      '  feature.: {owner: 1}\n  features.b: 1\n  "feature.\\nc": true\n',
  );
  const { code, stderr } = await tree.run('validate-values');
  expect(code).toBe(1);
  const file = 'values/shop/default/a.yaml';
  expect(stderr.split('\n')).toEqual([
    expect.stringContaining(`WARN sentry-options: Ignoring unknown option.`),
    `ERROR sentry-options: In file ${file}: Value error for shop:`,
    `\tfeature./owner 1 is not of type "object"; write an object with 'team' (${file}:3:21)`,
    `\tfeature. "segments" is a required property (${file}:3:13)`,
    `\tfeature. "created_at" is a required property (${file}:3:13)`,
    `\tfeature.\\u000ac true is not of type "object"; write an object with 'owner', 'segments', 'created_at' (${file}:5:18)`,
    '',
  ]);
});
