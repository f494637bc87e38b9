/** `sentry-options impact`: against brute force with two stores, and what it prints. */

import { FeatureContext, openOptions } from 'sentry-options';
import { describe, expect, it, onTestFinished } from 'vitest';
import { loadRoots } from '../../src/cli/inspect/diff-roots.js';
import { Impact } from '../../src/cli/preview/impact.js';
import { Base } from '../support/base.js';
import { runCli } from '../support/run-cli.js';
import { ValuesTree } from '../support/values-tree.js';

const PATTERN = { '^feature\\.': { $ref: '#/definitions/Feature' } };
const SCHEMA = JSON.stringify({ version: '1.0', type: 'object', properties: {}, patternProperties: PATTERN });

type Condition = { property: string; operator: string; value: unknown };

function flag(rollout: number, conditions: readonly Condition[] = [], more: object = {}): object {
  const segments = [{ name: 'some', rollout, conditions }];
  return { owner: { team: 'cart' }, created_at: '2026-01-21', segments, ...more };
}

/** Two roots, with flags by pattern of one namespace. */
class Roots extends ValuesTree {
  constructor(base: Readonly<Record<string, object>>, head: Readonly<Record<string, object>>) {
    super();
    this.write('schemas/shop/schema.json', SCHEMA);
    this.set('values/shop/default', base);
    this.set('head/shop/default', head);
  }

  set(folder: string, options: object): void {
    this.write(`${folder}/flags.yaml`, JSON.stringify({ options }));
  }

  impact(identityFields: readonly string[]): Impact {
    const [schemas = '', base = '', head = ''] = ['schemas', 'values', 'head'].map(
      (name) => `${this.directory}/${name}`,
    );
    const { before, after, namespaces } = loadRoots({ schemas, base, head });
    return new Impact(before, after, namespaces, identityFields);
  }

  async print(contexts: string, options: readonly string[]) {
    this.write('contexts.jsonl', contexts);
    const roots = ['--base', 'values', '--head', 'head', '--contexts', 'contexts.jsonl'];
    return await runCli(['impact', '--schemas', 'schemas', ...roots, ...options], { cwd: this.directory });
  }
}

/** A store with these values. */
function open(options: object) {
  const base = new Base({ shop: {} });
  base.writeSchema('shop', SCHEMA);
  base.writeText('shop', JSON.stringify({ options }));
  const store = openOptions({ directory: base.directory, pollInterval: null });
  onTestFinished(() => store.close());
  return store.features('shop');
}

describe('impact', () => {
  it('It counts what two services decide, for 100 000 contexts', () => {
    const staff: Condition = { property: 'email', operator: 'matches', value: ['*@example.com'] };
    const paid: Condition = { property: 'plan', operator: 'in', value: ['business', 'team'] };
    const few: Condition = { property: 'orders', operator: 'not_in', value: [1, 2, 3] };
    const base = {
      'feature.rollout': flag(10),
      'feature.newer': flag(10, [], { created_at: '2026-11-01' }),
      'feature.staff': flag(100, [staff]),
      'feature.disabled': flag(50, [], { enabled: false }),
      'feature.removed': flag(30, [paid]),
      'feature.same': flag(70),
    };
    const head = {
      'feature.rollout': flag(25),
      'feature.newer': flag(5, [], { created_at: '2026-11-02' }),
      'feature.staff': flag(50, [staff, few]),
      'feature.disabled': flag(50, [], { enabled: true }),
      'feature.added': flag(3, [few]),
      'feature.same': flag(70),
    };
    const impact = new Roots(base, head).impact(['user_id']);
    const [before, after] = [open(base), open(head)];
    const names = ['added', 'disabled', 'newer', 'removed', 'rollout', 'staff'];
    const counts = names.map(() => ({ before: 0, after: 0, gains: 0, loses: 0 }));
    for (let line = 1; line <= 100_000; line++) {
      const email = line % 7 === 0 ? `user${line}@example.com` : 'x@example.org';
      const plan = ['free', 'team', 'business'][line % 3] as string;
      const data = { ...(line % 11 !== 0 && { user_id: line }), email, plan, orders: line % 5 };
      impact.add({ line, data });
      const context = new FeatureContext(data, { identityFields: ['user_id'] });
      for (const [index, name] of names.entries()) {
        const [was, is] = [before.has(name, context), after.has(name, context)];
        const count = counts[index] as (typeof counts)[number];
        count.before += Number(was);
        count.after += Number(is);
        count.gains += Number(!was && is);
        count.loses += Number(was && !is);
      }
    }
    const { contexts, flags } = impact.result();
    expect(contexts).toBe(100_000);
    expect(
      flags.map(({ flag, gains, loses, before, after }) => [
        flag,
        { before, after, gains: gains.count, loses: loses.count },
      ]),
    ).toEqual(names.map((name, index) => [name, counts[index]]));
    // Not all equal by chance: each number was counted.
    for (const { before, after } of counts) expect(before + after).toBeGreaterThan(1_000);
    for (const { gains } of flags) expect(gains.first.length).toBe(Math.min(10, gains.count));
  });

  it('A context that a service cannot evaluate counts as off, and hostile ones harm nothing', () => {
    const impact = new Roots({}, { 'feature.all': flag(50) }).impact([]);
    let deep: unknown = 1;
    for (let level = 0; level < 10_000; level++) deep = [deep];
    impact.add({ line: 1, data: { deep } as never });
    impact.add({ line: 2, data: JSON.parse('{"__proto__": {"a": 1}, "constructor": 1}') });
    expect(impact.result()).toMatchObject({ contexts: 2, flags: [{ flag: 'all', before: 0 }] });
  });

  it('Each target is compared with what is deployed to it', () => {
    const roots = new Roots({ 'feature.a': flag(0) }, { 'feature.a': flag(100) });
    roots.set('values/shop/eu', { 'feature.a': flag(100) });
    roots.set('head/shop/us', { 'feature.a': flag(0) });
    const impact = roots.impact([]);
    impact.add({ line: 1, data: {} });
    expect(impact.result().flags.map(({ target, before, after }) => [target, before, after])).toEqual([
      ['default', 0, 1],
    ]);
  });
});

describe('contexts that do not fit', () => {
  it('Identity fields and properties that no context has are warned of', () => {
    const staff: Condition = { property: 'email', operator: 'matches', value: ['*@example.com'] };
    const make = () => new Roots({}, { 'feature.a': flag(50, [staff]) });
    const wrong = make().impact(['userid']);
    wrong.add({ line: 1, data: { user_id: 1, mail: 'a@example.com' } });
    expect(wrong.warnings).toEqual([
      "No context has 'userid', so all properties of each decided rollouts. Correct --identity-fields or the contexts",
      "No context has 'email', which the flags test",
    ]);
    const right = make().impact(['user_id']);
    right.add({ line: 1, data: { user_id: 1 } });
    right.add({ line: 2, data: { email: 'a@example.com' } });
    expect(right.warnings).toEqual([]);
  });
});

describe('what impact prints', () => {
  const contexts = Array.from({ length: 12 }, (_, id) => JSON.stringify({ user_id: id + 1, name: '|`<b>' })).join('\n');
  const make = () => new Roots({ 'feature.new-cart': flag(0) }, { 'feature.new-cart': flag(100) });

  it('A table names the first contexts that gain or lose a flag', async () => {
    const { code, stdout, stderr } = await make().print(`${contexts}\n\n`, ['--identity-fields', 'org,user_id']);
    expect([code, stderr]).toEqual([0, ' INFO sentry-options: Evaluated all contexts contexts=12\n']);
    expect(stdout.split('\n')).toEqual([
      'FLAG           TARGET   ON BEFORE  ON AFTER      GAIN IT  LOSE IT',
      'shop/new-cart  default  0 (0.0 %)  12 (100.0 %)  12       0',
      '',
      'gain shop/new-cart in default:',
      ...Array.from({ length: 10 }, (_, index) => `  line ${index + 1}  {"user_id":${index + 1}}`),
      '  and 2 more',
      '',
    ]);
  });

  it('Markdown holds nothing that a context can break', async () => {
    const { stdout } = await make().print(contexts.split('\n')[0] as string, ['--format', 'markdown']);
    expect(stdout).toBe(`Flags that this change changes, for 1 context:

| flag | target | on before | on after | gain it | lose it |
|---|---|---|---|---|---|
| \`shop/new-cart\` | \`default\` | 0 (0.0 %) | 1 (100.0 %) | 1 | 0 |

<details>
<summary>1 gain this flag</summary>

\`shop/new-cart\` in \`default\`:

- line 1: \`{"user_id":1,"name":"\\|'<b>"}\`

</details>
`);
  });

  it.each([
    ['{"a": 1}\n{"a": \n', 'contexts.jsonl:2: '],
    [
      '[1]',
      'contexts.jsonl:1: a context must be a JSON object, such as {"user_id": 7}. Write one object on each line; of an array',
    ],
    ['\n \n', 'contexts.jsonl has no contexts'],
  ])('Contexts that are %j are an error that names the line', async (text, message) => {
    const { code, stderr } = await make().print(text, ['--json']);
    expect([code, stderr]).toEqual([1, expect.stringContaining(`ERROR sentry-options: ${message}`)]);
  });
});
