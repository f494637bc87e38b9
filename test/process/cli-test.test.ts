/** `sentry-options test`: expectations that are met and not, files that are wrong, and each format. */
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { checkExpectations } from '../../src/cli/expectations/check.js';
import { formatJunit, formatTap } from '../../src/cli/expectations/format.js';
import { CommandErrors } from '../../src/cli/terminal/errors.js';
import { Output } from '../../src/cli/terminal/output.js';
import { option, ValuesTree } from '../support/values-tree.js';

const PATTERN = { '^feature\\.': { $ref: '#/definitions/Feature' } };

class Tree extends ValuesTree {
  constructor() {
    super();
    const properties = {
      limit: option('integer', 3),
      ratio: option('number', 1),
      hosts: option('array', [], { items: { type: 'string' } }),
      db: option('object', {}, { additionalProperties: { type: 'integer' } }),
    };
    this.write(
      'schemas/shop/schema.json',
      JSON.stringify({ version: '1.0', type: 'object', properties, patternProperties: PATTERN }),
    );
    this.write(
      'values/shop/default/values.yaml',
      `options:
  limit: 5
  db: {b: 2, a: 1}
  feature.new-cart:
    owner: {team: cart}
    created_at: 2026-01-21
    segments:
    - {name: staff, conditions: [{property: email, operator: matches, value: ['*@example.com']}]}
    - {name: a tenth, rollout: 10, conditions: []}
`,
    );
    this.write('values/shop/eu/values.yaml', 'options: {hosts: [eu-1]}\n');
  }

  expectations(yaml: string, path = 'values/shop/cart.test.yaml'): this {
    this.write(path, yaml);
    return this;
  }

  check() {
    const [schemas = '', root = ''] = ['schemas', 'values'].map((name) => `${this.directory}/${name}`);
    return checkExpectations({ schemas, root }, new Output({ isQuiet: true }));
  }

  failures(): (string | undefined)[] {
    return this.check().map(({ failure }) => failure?.join(' | '));
  }

  issues(): readonly string[] {
    try {
      this.check();
    } catch (error) {
      if (error instanceof CommandErrors)
        return error.messages.map((text) => text.replace(`${this.directory}/values/`, ''));
      throw error;
    }
    return [];
  }
}

describe('expectations', () => {
  it('An option has the value of the target, of default, or of the schema', () => {
    const tree = new Tree().expectations(`tests:
- {option: limit, target: eu, expect: 5}
- {option: limit, target: default, expect: 5.0}
- {option: ratio, target: eu, expect: 1}
- {option: hosts, target: eu, expect: [eu-1]}
- {option: hosts, target: default, expect: []}
- {option: db, target: default, expect: {a: 1, b: 2}}
- {option: limit, target: eu, expect: 6}
- {option: ratio, target: eu, expect: 2}
`);
    expect(tree.failures()).toEqual([
      ...new Array(6).fill(undefined),
      'the value is 5; expected 6',
      "the schema's default is 1; expected 2",
    ]);
  });

  it('A flag is on or off for a context, and a failure says why', () => {
    const tree = new Tree().expectations(`tests:
- {flag: new-cart, target: eu, context: {email: ann@example.com}, expect: true}
- {flag: feature.new-cart, target: default, context: {user_id: 7}, identityFields: [user_id], expect: false}
- {flag: unset, target: eu, expect: false}
- {flag: unset, target: eu, expect: true}
- {name: bob, flag: new-cart, target: eu, context: {email: bob@example.org, id: 1}, identityFields: [id], expect: true}
`);
    const [first, second, third, unset, bob] = tree.failures();
    expect([first, second, third]).toEqual([undefined, undefined, undefined]);
    expect(unset).toBe('it is false; expected true. No file sets it');
    expect(bob).toMatch(
      /^it is false; expected true\. Reason: the bucket is not in the rollout \| {3}staff: no match: .*; got "bob@example.org" \| {3}a tenth: match, rollout 10%, bucket \d+ is out$/,
    );
  });

  it('Those in the folder of a target are of that target', () => {
    const tree = new Tree().expectations('tests: [{option: hosts, expect: [eu-1]}]', 'values/shop/eu/a.test.yaml');
    expect(tree.check()).toMatchObject([{ target: 'eu', name: 'hosts #1', failure: undefined }]);
    tree.expectations('tests: [{option: hosts, target: eu, expect: []}]', 'values/shop/eu/a.test.yaml');
    expect(tree.issues()).toEqual([
      "this file is in the folder of the target 'eu'; remove 'target' (shop/eu/a.test.yaml:1:33)",
    ]);
  });

  it('No other command reads them as values', async () => {
    const tree = new Tree().expectations('tests: nonsense').expectations('a: [', 'values/shop/eu/b.test.yaml');
    expect(await tree.run('validate-values', ['--quiet'])).toMatchObject({ code: 0, stderr: '' });
  });
});

describe('a file that is wrong', () => {
  it.each([
    ['', "expected one top-level key, 'tests', with a list (shop/cart.test.yaml:1:1)"],
    [
      'tests: []\nmore: 1',
      "expected one top-level key, 'tests', with a list; found 'more'; remove it (shop/cart.test.yaml:1:1)",
    ],
    [
      'test: []',
      "expected one top-level key, 'tests', with a list; found 'test'; did you mean 'tests'? (shop/cart.test.yaml:1:1)",
    ],
    [
      '- flag: x',
      "expected one top-level key, 'tests', with a list; write 'tests:' in a line above it (shop/cart.test.yaml:1:1)",
    ],
    [
      'tests: {flag: x}',
      "expected one top-level key, 'tests', with a list; begin each expectation with '- ' (shop/cart.test.yaml:1:1)",
    ],
    ['tests: [1]', 'an expectation must be a mapping (shop/cart.test.yaml:1:9)'],
    ['tests: [{expct: 1}]', "unknown key 'expct'; did you mean 'expect'? (shop/cart.test.yaml:1:10)"],
    ['tests: [{target: eu, expect: 1}]', "an expectation needs either 'flag' or 'option' (shop/cart.test.yaml:1:9)"],
    [
      'tests: [{flag: a, option: b, target: eu, expect: 1}]',
      "an expectation needs either 'flag' or 'option' (shop/cart.test.yaml:1:9)",
    ],
    [
      'tests: [{option: limt, target: eu, expect: 1}]',
      "the schema declares no option 'limt'; did you mean 'limit'? (shop/cart.test.yaml:1:18)",
    ],
    [
      'tests: [{option: feature.x, target: eu, expect: 1}]',
      "'feature.x' is a flag: write `flag:` (shop/cart.test.yaml:1:18)",
    ],
    [
      'tests: [{zzz: 1}]',
      "unknown key 'zzz'; the keys are name, target, flag, option, context, identityFields, expect (shop/cart.test.yaml:1:10)",
    ],
    [
      'tests: [{option: limit, expect: 1}]',
      "the key 'target' is missing; in a folder of a target, it is not needed (shop/cart.test.yaml:1:9)",
    ],
    [
      'tests: [{option: limit, target: us, expect: 1}]',
      "there are no values of the target 'us'; there are those of default, eu (shop/cart.test.yaml:1:33)",
    ],
    [
      'tests: [{option: limit, target: [eu], expect: 1}]',
      'a target is one name; write an expectation for each (shop/cart.test.yaml:1:33)',
    ],
    ['tests: [{option: limit, target: eu}]', "the key 'expect' is missing (shop/cart.test.yaml:1:9)"],
    [
      'tests: [{flag: x, target: eu, expect: 1}]',
      'a flag is expected to be true or false; write true (shop/cart.test.yaml:1:39)',
    ],
    ['tests: [{flag: x, target: eu, expect: []}]', 'a flag is expected to be true or false (shop/cart.test.yaml:1:39)'],
    [
      'tests: [{flag: x, target: eu, expect: true, context: [1]}]',
      'a context must be a mapping (shop/cart.test.yaml:1:54)',
    ],
    [
      'tests: [{flag: x, target: eu, expect: true, identityFields: [1]}]',
      'identityFields must be a list of property names (shop/cart.test.yaml:1:61)',
    ],
  ])('It is named with its place: %s', (yaml, message) => {
    expect(new Tree().expectations(yaml).issues()).toEqual([message]);
  });

  it('An option that is a declared flag, and the reverse, says what to write', () => {
    const tree = new Tree();
    const properties = { limit: option('integer', 10), 'feature.x': { $ref: '#/definitions/Feature' } };
    tree.write('schemas/shop/schema.json', JSON.stringify({ version: '1.0', type: 'object', properties }));
    tree.write('values/shop/default/values.yaml', 'options: {}\n');
    tree.write('values/shop/eu/values.yaml', 'options: {}\n');
    tree.expectations('tests:\n- {flag: limit, target: eu, expect: 1}\n- {option: x, target: eu, expect: true}\n');
    expect(tree.issues()).toEqual([
      "'limit' is an option: write `option:` (shop/cart.test.yaml:2:10)",
      "'x' is a flag: write `flag:` (shop/cart.test.yaml:3:12)",
    ]);
  });

  it('It may be in a folder of no namespace, and all issues of all files are named', () => {
    const tree = new Tree().expectations('tests: [1, 2]').expectations('tests: []', 'values/bakery/a.test.yaml');
    expect(tree.issues()).toEqual([
      expect.stringContaining('bakery/a.test.yaml must be in NAMESPACE/ or NAMESPACE/TARGET/ below'),
      'an expectation must be a mapping (shop/cart.test.yaml:1:9)',
      'an expectation must be a mapping (shop/cart.test.yaml:1:12)',
    ]);
  });

  it('Without expectations, the command fails', () => {
    expect(() => new Tree().check()).toThrow('has no expectations; write them into NAMESPACE/FILE.test.yaml below it');
  });
});

describe('a file of expectations with another name', () => {
  it.each([
    ['shop/cart.tests.yaml', '*.test.yaml, as cart.test.yaml'],
    ['shop/cart_test.yaml', '*.test.yaml, as cart.test.yaml'],
    ['shop/tests.yaml', '*.test.yaml'],
    ['shop/eu/cart.tests.yaml', '*.test.yaml, as cart.test.yaml'],
  ])('The error of each command says how it must be named: %s', (path, name) => {
    const tree = new Tree().expectations('tests: []', `values/${path}`);
    expect(tree.issues()).toEqual([expect.stringContaining(`; a file of expectations must be named ${name}`)]);
  });
});

describe('the output of test', () => {
  const YAML =
    'tests:\n- {name: "a # b", option: limit, target: eu, expect: 5}\n- {name: "<&\\">", option: limit, target: eu, expect: 6}\n';

  it('Failures are lines with their places', async () => {
    const { code, stdout, stderr } = await new Tree().expectations(YAML).run('test');
    expect([code, stdout, stderr]).toEqual([
      1,
      'values/shop/cart.test.yaml:3:3 shop/eu: <&">: the value is 5; expected 6\n',
      'ERROR sentry-options: 1 of 2 expectations failed\n',
    ]);
  });

  it('TAP has a line for each expectation, and a block of YAML for a failure', () => {
    const tree = new Tree().expectations(YAML);
    const text = formatTap(tree.check());
    const [version, plan, first, second, ...block] = text.trimEnd().split('\n');
    expect([version, plan, first, second]).toEqual([
      'TAP version 14',
      '1..2',
      'ok 1 - shop/eu: a \\# b',
      'not ok 2 - shop/eu: <&">',
    ]);
    expect(block.every((line) => line.startsWith('  '))).toBe(true);
    expect(parse(block.slice(1, -1).join('\n'))).toEqual({
      message: 'the value is 5; expected 6',
      at: `${tree.directory}/values/shop/cart.test.yaml:3:3`,
    });
  });

  it('JUnit has a suite for each file', () => {
    const tree = new Tree().expectations(YAML);
    const path = `${tree.directory}/values/shop/cart.test.yaml`;
    expect(formatJunit(tree.check())).toBe(`<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="sentry-options" tests="2" failures="1">
  <testsuite name="${path}" tests="2" failures="1">
    <testcase name="shop/eu: a # b" classname="shop.eu" file="${path}" line="2"/>
    <testcase name="shop/eu: &lt;&amp;&quot;&gt;" classname="shop.eu" file="${path}" line="3">
      <failure message="the value is 5; expected 6">the value is 5; expected 6</failure>
    </testcase>
  </testsuite>
</testsuites>
`);
  });
});
