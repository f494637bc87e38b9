/** `sentry-options budget`: the outages of docs/reliability.md, before they are deployed; and changes that must pass. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadRoots } from '../../src/cli/inspect/diff-roots.js';
import { findSuspiciousChanges } from '../../src/cli/preview/budget.js';
import { OUTAGES, PROPERTIES } from '../outages/cases.mjs';
import { runCliInServer } from '../support/cli-server.js';
import { runCli } from '../support/run-cli.js';
import { ValuesTree } from '../support/values-tree.js';

type Options = Readonly<Record<string, unknown>>;

const flags = { '^feature\\.': { $ref: '#/definitions/Feature' } };

/** Two roots, `values` and `head`, with the targets `default`, `eu` and `us` of one namespace. */
class Roots extends ValuesTree {
  constructor(base: Options, head: Options, others: { readonly us?: Options } = {}) {
    super();
    const schema = { version: '1.0', type: 'object', properties: PROPERTIES.shop, patternProperties: flags };
    this.write('schemas/shop/schema.json', JSON.stringify(schema));
    for (const [root, eu] of [['values', base] as const, ['head', head] as const]) {
      this.set(root, 'default', {});
      this.set(root, 'eu', eu);
      this.set(root, 'us', others.us ?? { revision: 9 });
    }
  }

  set(root: string, target: string, options: Options): void {
    // JSON is YAML.
    this.write(`${root}/shop/${target}/values.yaml`, JSON.stringify({ options }));
  }

  find(allowed: readonly string[] = []): string[] {
    const [schemas = '', base = '', head = ''] = ['schemas', 'values', 'head'].map(
      (name) => `${this.directory}/${name}`,
    );
    const { before, after, namespaces } = loadRoots({ schemas, base, head });
    return findSuspiciousChanges(before, after, namespaces, allowed).changes.flatMap(({ namespace, target, reasons }) =>
      reasons.map(({ code, message }) => `${namespace}/${target} ${code}: ${message}`),
    );
  }
}

/** Runs the command on both roots. */
async function runBudget({ directory }: Roots) {
  const roots = ['--schemas', 'schemas', '--base', 'values', '--head', 'head'];
  return await runCliInServer(['budget', ...roots, '--format', 'github'], { cwd: directory });
}

const { before: good } = OUTAGES.at(-1) as (typeof OUTAGES)[number];
const outage = (name: string) => OUTAGES.find((each) => each.name === name)?.options as Options;

describe('the outages of docs/reliability.md', () => {
  it('Blank values are stopped', () => {
    expect(new Roots(good, outage('blank values')).find()).toEqual([
      'shop/eu guard: set nothing, and the last ones set 14 options, and turn off 5 of 5 flags that are on for everybody',
    ]);
  });

  it('A list that doubled is stopped', () => {
    expect(new Roots(good, outage('a list that doubled, within the limits')).find()).toEqual([
      "shop/eu growth: enlarge 'rules' from 4311 to 8621 bytes",
    ]);
  });

  it.each(['other', 'the same'])('The file of another region, which sets %s options, is stopped', (kind) => {
    const other = outage(`the file of another region, which sets ${kind} options`);
    const found = new Roots(good, other, { us: other }).find();
    expect(found).toContainEqual(
      expect.stringMatching(/^shop\/eu other-target: change \d+ options, and are those of 'us' now$/),
    );
  });
});

describe('a folder of a target that is renamed', () => {
  const makeRoots = (): Roots => {
    const roots = new Roots({ revision: 1, 'pool-size': 2 }, {});
    rmSync(join(roots.directory, 'head/shop/eu'), { recursive: true });
    return roots;
  };

  it('One error says so, at the new folder', async () => {
    const roots = makeRoots();
    roots.set('head', 'ue', { revision: 1, 'pool-size': 2 });
    const { stderr } = await runBudget(roots);
    expect(stderr.split('\n')).toEqual([
      expect.stringMatching(/^::error file=head\/shop\/ue\/values.yaml::The new values of shop\/eu /),
      expect.stringMatching(
        /^ERROR sentry-options: The new values of shop\/eu (?:unset|set nothing|are those).*, since the folder shop\/ue has them now: rename it back unless the target itself is renamed\. If that is meant, pass --allow shop\/eu$/,
      ),
      '',
    ]);
  });

  it('A file with another extension is named', async () => {
    const roots = makeRoots();
    roots.write('head/shop/eu/values.json', '{"options": {"revision": 1}}');
    const { stderr } = await runBudget(roots);
    expect(stderr).toMatch(
      /^::error file=head\/shop\/eu\/values.json::.*\. head\/shop\/eu\/values.json is ignored, since its name does not end with .yaml: rename it to values.yaml\n/,
    );
  });
});

describe('budget', () => {
  it.each<[string, Options]>([
    ['no option', good],
    ['one option', { ...good, revision: 2 }],
    ['one option that is unset', { revision: 1 }],
    ['many values', { ...good, revision: 2, 'pool-size': 9, 'eu-tax': 3, 'eu-bank': 3 }],
    ['a list that grows by a few entries', { ...good, rules: [...good.rules, 'one more', 'two more'] }],
  ])('A change of %s passes', (_, head) => {
    const base = Object.keys(head).length === 1 ? { revision: 1, 'pool-size': 2 } : good;
    expect(new Roots(base, head).find()).toEqual([]);
  });

  it('Two targets may become equal by a change of one option', () => {
    expect(new Roots({ revision: 1 }, { revision: 9 }).find()).toEqual([]);
  });

  it('A target that loses its own values is stopped, though those of default remain', () => {
    const roots = new Roots({ revision: 1, 'pool-size': 2 }, {});
    for (const root of ['values', 'head']) roots.set(root, 'default', { revision: 5, 'pool-size': 6, 'eu-tax': 1 });
    const emptied = "shop/eu emptied: are those of 'default' alone: its own 2 options are gone";
    expect(roots.find()).toEqual([emptied]);
    rmSync(join(roots.directory, 'head/shop/eu'), { recursive: true });
    expect(roots.find()).toEqual([emptied]);
  });

  it('A place that does not exist cannot be allowed', async () => {
    const roots = new Roots({ revision: 1 }, { revision: 2 });
    const budget = ['budget', '--schemas', 'schemas', '--base', 'values', '--head', 'head', '--allow'];
    for (const place of ['guard', 'shopp/eu', 'shop/mars', 'shop/eu/x']) {
      const { code, stderr } = await runCli([...budget, place], { cwd: roots.directory });
      expect([code, stderr]).toEqual([
        1,
        expect.stringContaining(`--allow ${place}: there is no such namespace or target`),
      ]);
    }
  });

  it('A namespace that is deleted sets nothing any more, in each target', () => {
    const roots = new Roots({ revision: 1, 'pool-size': 2 }, {});
    roots.write('head/shop/eu/values.yaml', 'options: {}');
    roots.write('head/shop/us/values.yaml', 'options: {}');
    expect(roots.find()).toEqual(['shop/eu guard: unset 2 of 2 options']);
  });

  it('The change of a target without values of its own is that of default', () => {
    const roots = new Roots({}, {});
    roots.set('values', 'default', { revision: 1, 'pool-size': 2 });
    expect(roots.find()).toEqual(['shop/default guard: unset 2 of 2 options', 'shop/eu guard: unset 2 of 2 options']);
  });

  it('It names each change, and what allows it', async () => {
    const roots = new Roots({ revision: 1, 'pool-size': 2 }, {});
    const budget = ['budget', '--schemas', 'schemas', '--base', 'values', '--head', 'head'];
    const options = { cwd: roots.directory };
    const rejected = await runCli(budget, options);
    expect(rejected).toMatchObject({
      code: 1,
      stdout: '',
      stderr:
        'ERROR sentry-options: The new values of shop/eu unset 2 of 2 options. If that is meant, pass --allow shop/eu\n',
    });
    const annotated = await runCli([...budget, '--format', 'github'], options);
    expect(annotated.stderr).toContain('::error file=head/shop/eu/values.yaml::The new values of shop/eu unset');
    const allowed = await runCli([...budget, '--allow', 'shop/eu', '--json'], options);
    expect(allowed).toMatchObject({
      code: 0,
      stderr:
        ' WARN sentry-options: The new values of shop/eu unset 2 of 2 options; allowed by --allow\n' +
        ' INFO sentry-options: Each suspicious change is allowed compared=3\n',
    });
    const reasons = [{ code: 'guard', message: 'unset 2 of 2 options' }];
    expect(JSON.parse(allowed.stdout)).toEqual({
      changes: [{ namespace: 'shop', target: 'eu', reasons, isAllowed: true }],
      compared: 3,
    });
  });
});
