/** `sentry-options lint`: each rule, what it does not find, and its output. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { lint } from '../../src/cli/lint/lint.js';
import { Output } from '../../src/cli/terminal/output.js';
import { option, ValuesTree } from '../support/values-tree.js';

const NOW = Date.UTC(2026, 10, 29);
const FLAGS = { '^feature\\.': { $ref: '#/definitions/Feature' } };

interface Segment {
  readonly name?: string;
  readonly rollout?: number;
  readonly conditions?: readonly object[];
}

function flag(segments: readonly Segment[], more: object = {}): object {
  const named = segments.map((segment, index) => ({ name: 'abcd'[index], conditions: [], ...segment }));
  return { owner: { team: 'cart' }, created_at: '2026-11-01', segments: named, ...more };
}

const staff = { property: 'email', operator: 'matches', value: ['*@example.com'] };

class Tree extends ValuesTree {
  constructor() {
    super();
    const properties = { limit: option('integer', 3), list: option('array', [], { items: { type: 'integer' } }) };
    const schema = { version: '1.0', type: 'object', properties, patternProperties: FLAGS };
    this.write('schemas/shop/schema.json', JSON.stringify(schema));
  }

  set(target: string, options: object, root = 'values'): this {
    this.write(`${root}/shop/${target}/values.yaml`, JSON.stringify({ options }));
    return this;
  }

  lint({ base, maxDays }: { base?: string; maxDays?: number } = {}) {
    return lint(
      {
        schemas: `${this.directory}/schemas`,
        root: `${this.directory}/values`,
        base: base && `${this.directory}/${base}`,
        maxAge: maxDays && maxDays * 86_400_000,
        now: NOW,
      },
      new Output({ isQuiet: true }),
    );
  }

  find(settings: Parameters<Tree['lint']>[0] = {}): string[] {
    return this.lint(settings).findings.map(
      ({ severity, code, target, key, message }) => `${target} ${severity} ${code} ${key}: ${message}`,
    );
  }
}

function findInFlag(segments: readonly Segment[]): string[] {
  const found = new Tree().set('default', { 'feature.x': flag(segments) }).find();
  return found.map((text) => text.replace(/^default (.*?) feature\.x:/, '$1:'));
}

describe('the rules', () => {
  it('A condition with an empty list is always true or false', () => {
    const none = (operator: string) => ({ property: 'plan', operator, value: [] });
    const never =
      "The condition of 'plan' in segment 'a' is always false: `in` of an empty list, so the segment matches nobody";
    expect(findInFlag([{ conditions: [none('in')], rollout: 10 }])).toEqual([`warning always-false: ${never}`]);
    expect(findInFlag([{ conditions: [none('matches')], rollout: 10 }])[0]).toMatch(
      /always-false: .* `matches` of an empty/,
    );
    const always =
      "The condition of 'plan' in segment 'a' is always true: `not_in` of an empty list, so it can be removed";
    expect(findInFlag([{ conditions: [none('not_in')], rollout: 10 }])).toEqual([`warning always-true: ${always}`]);
    expect(findInFlag([{ conditions: [none('not_matches'), staff], rollout: 10 }])).toHaveLength(1);
    // Met by an empty list only.
    expect(findInFlag([{ conditions: [none('equals')], rollout: 10 }])).toEqual([]);
  });

  it('A segment behind one that decides for everybody, or with the same conditions, is never reached', () => {
    const behind = "warning unreachable: Segment 'b' is never reached: segment 'a' before it decides for everybody";
    expect(findInFlag([{ rollout: 10 }, { conditions: [staff] }])).toEqual([behind]);
    const same = "warning unreachable: Segment 'b' is never reached: segment 'a' before it has the same conditions";
    expect(findInFlag([{ conditions: [staff], rollout: 10 }, { conditions: [staff] }, { rollout: 5 }])).toEqual([same]);
    expect(findInFlag([{ conditions: [staff] }, { rollout: 10 }])).toEqual([]);
  });

  it('All segments behind one that decides for everybody are one finding', () => {
    const find = (count: number) =>
      findInFlag([{ rollout: 10 }, ...Array.from({ length: count }, () => ({ conditions: [staff] }))]);
    const end = ": segment 'a' before it decides for everybody";
    expect(find(2)).toEqual([`warning unreachable: Segment 'b' is never reached, nor is the one after it${end}`]);
    expect(find(3)).toEqual([`warning unreachable: Segment 'b' is never reached, nor are the 2 after it${end}`]);
  });

  it('A condition that equals a list, and not one of its entries, is a warning', () => {
    const plan = (operator: string, value: unknown) => [
      { conditions: [{ property: 'plan', operator, value }], rollout: 10 },
    ];
    const message = (operator: string, other: string) =>
      `warning equals-list: The condition of 'plan' in segment 'a' compares with a list of 2 as a whole: \`${operator}\` looks for the same list in the context. If each entry is meant, write \`${other}\``;
    expect(findInFlag(plan('equals', ['team', 'business']))).toEqual([message('equals', 'in')]);
    expect(findInFlag(plan('not_equals', [1, 2]))).toEqual([message('not_equals', 'not_in')]);
    expect(findInFlag(plan('equals', ['*@a.com']))).toHaveLength(1);
    expect(findInFlag(plan('equals', 'team'))).toEqual([]);
  });

  it('A comment suppresses the finding of a list', () => {
    const conditions = [{ property: 'plan', operator: 'equals', value: ['a'] }];
    const tree = new Tree().set('default', { 'feature.x': flag([{ conditions, rollout: 10 }]) });
    const [text] = tree.find();
    expect(text).toContain('equals-list');
    const file = 'values/shop/default/values.yaml';
    const json = readFileSync(join(tree.directory, file), 'utf8');
    tree.write(file, `# sentry-options-ignore equals-list: the list of all plans\n${json}`);
    expect(tree.lint()).toMatchObject({ findings: [], suppressed: 1 });
  });

  it('A text with * in a condition without globs is a warning', () => {
    const plan = (operator: string, value: unknown) => [
      { conditions: [{ property: 'email', operator, value }], rollout: 10 },
    ];
    const message = (operator: string, other: string) =>
      `warning not-a-glob: The condition of 'email' in segment 'a' compares with "*@a.com" as it is: in \`${operator}\`, \`*\` is a character like any other. Globs need \`${other}\``;
    expect(findInFlag(plan('in', ['a', '*@a.com']))).toEqual([message('in', 'matches')]);
    expect(findInFlag(plan('not_equals', '*@a.com'))).toEqual([message('not_equals', 'not_matches')]);
    expect(findInFlag(plan('matches', ['*@a.com']))).toEqual([]);
    expect(findInFlag(plan('equals', 'a'))).toEqual([]);
  });

  it('A text with typographic quotes around it is a warning, at its place', () => {
    const find = (hosts: unknown) => new Tree().set('default', { hosts }).find();
    expect(find(['a', '“b”'])).toEqual([
      `default warning typographic-quotes hosts: The text “b” has its quotes in it, since they are typographic ones: write " or '`,
    ]);
    expect(find(['He said “b” to us', 'it’s', 'say “b”', '“a” or “b”'])).toEqual([]);
  });

  it('A created_at that no calendar has, or in the future, is a warning', () => {
    const find = (created_at: string) =>
      new Tree().set('default', { 'feature.x': flag([{ rollout: 10 }], { created_at }) }).find();
    const start = 'default warning created-at-impossible feature.x: created_at is';
    const end = 'write the day on which the flag was added';
    expect(find('2026-02-30')).toEqual([`${start} 2026-02-30, which no calendar has: ${end}`]);
    expect(find('2027-02-03')).toEqual([`${start} 2027-02-03, which is in the future: ${end}`]);
    // Tomorrow, it may be today in another time zone.
    expect(find('2026-11-30')).toEqual([]);
  });

  it('A rollout of 99 or 0 is odd; a 0 before other segments is a note', () => {
    expect(findInFlag([{ rollout: 99 }])).toEqual([
      expect.stringMatching(/^warning rollout-99: .* is 99: one of a hundred/),
    ]);
    expect(findInFlag([{ rollout: 0 }])).toEqual([expect.stringMatching(/^warning rollout-0: .* is the last one/)]);
    expect(findInFlag([{ conditions: [staff], rollout: 0 }, { rollout: 50 }])).toEqual([
      expect.stringMatching(/^note rollout-0: .* keeps its contexts from/),
    ]);
    expect(findInFlag([{ rollout: 98 }])).toEqual([]);
  });

  it('A segment without conditions that lets in everybody is a note', () => {
    expect(findInFlag([{ conditions: [staff], rollout: 50 }, {}])).toEqual([
      "note no-conditions: Segment 'b' has no conditions, and a rollout of 100: it lets in everybody who gets there",
    ]);
  });

  it('A value is superfluous if it is the default, or what the target default has', () => {
    const tree = new Tree()
      .set('default', { limit: 3, list: [1] })
      .set('eu', { limit: 3, list: [1] })
      .set('us', { list: [] });
    expect(tree.find()).toEqual([
      "default warning same-as-default limit: It is equal to the schema's default: remove it",
      "eu warning same-as-default limit: It is equal to the value of the target 'default': remove it",
      "eu warning same-as-default list: It is equal to the value of the target 'default': remove it",
    ]);
  });

  it('A created_at that changes the buckets is a warning, another one a note', () => {
    const tree = new Tree();
    const set = (root: string, old: string, newer: string) =>
      tree.set(
        'default',
        {
          'feature.old': flag([{ rollout: 5 }], { created_at: old }),
          'feature.new': flag([{ rollout: 5 }], { created_at: newer }),
        },
        root,
      );
    set('before', '2026-01-01', '2026-10-30');
    set('values', '2026-10-07', '2026-10-31');
    expect(tree.find({ base: 'before' })).toEqual([
      'default warning created-at-changed feature.old: created_at changes from 2026-01-01 to 2026-10-07, and with it the bucket of every context: a rollout lets in others',
      'default note created-at-changed feature.new: created_at changes from 2026-10-30 to 2026-10-31. No bucket changes',
    ]);
  });

  it('A flag is settled if it is old, and says the same to everybody in all targets', () => {
    const old = { created_at: '2026-01-01' };
    const tree = new Tree()
      .set('default', {
        'feature.on': flag([{}], old),
        'feature.off': flag([{ conditions: [staff], rollout: 0 }, { rollout: 0 }], old),
        'feature.young': flag([{}]),
        'feature.half': flag([{}], old),
        'feature.some': flag([{ rollout: 10 }], old),
      })
      .set('eu', { 'feature.half': flag([{ rollout: 10 }], old) });
    expect(tree.find({ maxDays: 90 }).filter((text) => text.includes('settled'))).toEqual([
      'default warning settled feature.on: It is 332 days old, and on for everybody in all targets: remove it from the code, and then from here',
      'default warning settled feature.off: It is 332 days old, and off for everybody in all targets: remove it from the code, and then from here',
    ]);
    expect(tree.find({ maxDays: 400 }).filter((text) => text.includes('settled'))).toEqual([]);
  });
});

describe('comments', () => {
  it.each([
    ['on its line', 'options:\n  limit: 3 # sentry-options-ignore same-as-default: explicit\n'],
    ['on the line above', 'options:\n  # sentry-options-ignore rollout-0, same-as-default\n  limit: 3\n'],
  ])('A comment suppresses the finding %s', (_, yaml) => {
    const tree = new Tree();
    tree.write('values/shop/default/values.yaml', yaml);
    expect(tree.lint()).toMatchObject({ findings: [], suppressed: 1 });
  });

  it.each(['# sentry-options-ignore rollout-0', '# ignore same-as-default', '# sentry-options-ignore'])(
    'Another comment does not: %s',
    (comment) => {
      const tree = new Tree();
      tree.write('values/shop/default/values.yaml', `options:\n  limit: 3 ${comment}\n`);
      expect(tree.lint()).toMatchObject({ findings: [{ code: 'same-as-default' }], suppressed: 0 });
    },
  );

  it('A comment that names no code, or a misspelt one, suppresses nothing, and a warning says so', async () => {
    const tree = new Tree();
    const [first, second] = ['# sentry-options-ignore rollout-0, same-as-defualt', '# sentry-options-ignore: meant'];
    tree.write('values/shop/default/values.yaml', `options:\n  limit: 3 ${first}\n  list: [1] ${second}\n`);
    const { code, stderr } = await tree.run('lint', []);
    expect([code, stderr.split('\n')]).toEqual([
      1,
      [
        " WARN sentry-options: The comment names 'same-as-defualt', which is no code; did you mean 'same-as-default'? place=values/shop/default/values.yaml:2:12",
        expect.stringMatching(
          /^ WARN sentry-options: The comment names no code; the codes are always-false, .* place=values\/shop\/default\/values.yaml:3:13$/,
        ),
        'ERROR sentry-options: 1 warning',
        '',
      ],
    ]);
  });

  it('A comment above a flag suppresses a finding anywhere in it', () => {
    const tree = new Tree();
    const lines = [
      'owner: {team: cart}',
      'created_at: 2026-11-01',
      'segments:',
      '- name: a',
      '  rollout: 99',
      '  conditions: []',
    ];
    const text = `options:\n  # sentry-options-ignore rollout-99\n  feature.x:\n${lines.map((line) => `    ${line}\n`).join('')}`;
    tree.write('values/shop/default/values.yaml', text);
    expect(tree.lint()).toMatchObject({ findings: [], suppressed: 1 });
    tree.write('values/shop/default/values.yaml', text.replace('ignore', 'look-at'));
    expect(tree.lint().findings).toMatchObject([{ line: 8, column: 16, code: 'rollout-99' }]);
  });
});

describe('the output', () => {
  it('Each finding is a line with its place, and a warning fails the command', async () => {
    const tree = new Tree().set('default', { limit: 3, 'feature.x': flag([{}], { created_at: '2020-01-01' }) });
    const { code, stdout, stderr } = await tree.run('lint');
    expect(stdout).toBe(
      "values/shop/default/values.yaml:1:13 warning same-as-default: shop/limit: It is equal to the schema's default: remove it\n" +
        "values/shop/default/values.yaml:1:123 note no-conditions: shop/feature.x: Segment 'a' has no conditions, and a rollout of 100: it lets in everybody who gets there\n",
    );
    expect([code, stderr]).toEqual([1, 'ERROR sentry-options: 1 warning\n']);
  });

  it('Notes alone pass; --json has them', async () => {
    const tree = new Tree().set('default', { 'feature.x': flag([{}], { created_at: '2020-01-01' }) });
    const { code, stdout, stderr } = await tree.run('lint', ['--json']);
    expect([code, stderr]).toEqual([
      0,
      ' INFO sentry-options: Found nothing to warn of files=1 notes=1 suppressed=0\n',
    ]);
    const finding = { severity: 'note', code: 'no-conditions', namespace: 'shop', target: 'default', key: 'feature.x' };
    expect(JSON.parse(stdout)).toMatchObject({ findings: [finding], suppressed: 0, files: 1 });
  });

  it('A wrong age is wrong usage', async () => {
    const { code, stderr } = await new Tree().run('lint', ['--max-age', '3 months']);
    expect([code, stderr]).toEqual([
      2,
      expect.stringContaining("must be a number of days, such as 90d; got '3 months'"),
    ]);
  });

  it('With --format github, each finding and each error is an annotation on stderr, too', async () => {
    const tree = new Tree().set('default', { limit: 3 });
    const { code, stdout, stderr } = await tree.run('lint', ['--format', 'github']);
    expect([code, stdout]).toEqual([1, expect.stringContaining('1:13 warning same-as-default')]);
    expect(stderr.split('\n')).toEqual([
      "::warning file=values/shop/default/values.yaml,line=1,col=13::shop/limit: It is equal to the schema's default: remove it (same-as-default)",
      'ERROR sentry-options: 1 warning',
      '',
    ]);
    // What validate-values warns of, it annotates alone.
    tree.set('default', { other: 1 });
    expect((await tree.run('lint', ['--format', 'github'])).stderr).toMatch(
      /^ WARN [^\n]* Ignoring unknown[^\n]*\n INFO/,
    );
    tree.set('default', { limit: 'x', other: 1 });
    expect((await tree.run('validate-values', ['--format', 'github'])).stderr.split('\n').slice(1)).toEqual([
      '::warning file=values/shop/default/values.yaml,line=1,col=25::Ignoring unknown option. This is expected during deployments when values are updated before schemas. key=other namespace=shop',
      '::error file=values/shop/default/values.yaml,line=1,col=21::limit "x" is not of type "integer"',
      'ERROR sentry-options: In file values/shop/default/values.yaml: Value error for shop:',
      '\tlimit "x" is not of type "integer" (values/shop/default/values.yaml:1:21)',
      '',
    ]);
  });

  it('The commands that validate print their warnings and errors with --json', async () => {
    const tree = new Tree().set('default', { limit: 'x', other: 1 });
    const { code, stdout } = await tree.run('validate-values', ['--json']);
    const file = 'values/shop/default/values.yaml';
    expect([code, JSON.parse(stdout).issues]).toEqual([
      1,
      [
        expect.objectContaining({ severity: 'warning', file, line: 1, column: 25 }),
        { severity: 'error', message: 'limit "x" is not of type "integer"', file, line: 1, column: 21 },
      ],
    ]);
    // A file of no place, a duplicate in two files, a syntax error in JSON, and a folder.
    const other = new Tree().set('default', { limit: 1 });
    other.write('values/shop/default/z.yaml', 'options: { limit: 1 }\n');
    other.write('values/shop/eu/z.yml', '');
    other.write('values/no/default/a.yaml', '');
    const places = async (command: string) => {
      const { issues } = JSON.parse((await other.run(command, ['--json'])).stdout);
      return issues.map((issue: Record<string, unknown>) => [issue.severity, issue.file, issue.line, issue.column]);
    };
    expect(await places('validate-values')).toEqual([
      ['error', 'values/no/default/a.yaml', null, null],
      ['error', 'values/shop/eu/z.yml', null, null],
      ['error', 'values/shop/default/values.yaml', 1, 13],
      ['error', 'values/shop/default/z.yaml', 1, 12],
    ]);
    const annotated = await other.run('validate-values', ['--format', 'github']);
    expect(annotated.stderr).toContain("::error file=values/no/default/a.yaml::Unknown namespace 'no' in file");
    other.write('schemas/shop/schema.json', '{\n}}');
    expect(await places('validate-schema')).toEqual([['error', 'schemas/shop/schema.json', 2, 2]]);
    expect(await new Tree().run('validate-schema', ['--json', '--quiet'])).toMatchObject({
      code: 0,
      stdout: '{\n  "issues": []\n}\n',
    });
  });
});
