/** Anchors and aliases in values files: the answers of the Rust command line, and the limits of ours. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type CliDifference, replayTopic } from '../support/cli-replay.js';
import { ValuesTree } from '../support/values-tree.js';

const MERGE = "the merge key '<<' is not supported; write the keys out, or quote '<<' if it is a name";

function rejected(...contains: string[]): CliDifference {
  return { why: 'ours rejects it instead of converting it silently', exit: 1, written: {}, contains };
}

replayTopic('definitions', {
  concurrent: true,
  differences: {
    'an anchor twice: the one above counts': {
      why: 'in ours the nearest anchor above counts, even of three with one name',
      written: {
        'out/sentry-options-shop-default.json':
          '{"generated_at":"{TIME}","options":{"limit":2,"quotas":{"gold":3,"silver":3}}}',
      },
    },
    'an own tag goes along': rejected('mystery has the tag !secret, which is not supported'),
    'merge key with an alias in a struct is not merged': rejected(`db ${MERGE} (values/shop/default/a.yaml:2:16)`),
    'merge key with an alias in a map is an ordinary key': rejected(`quotas ${MERGE}`),
    'merge key among the options is an unknown option': rejected(`${MERGE} (values/shop/default/a.yaml:2:11)`),
  },
});

/** Writes `yaml` as the only file of values, runs `write`, and returns its stderr and the options that it wrote. */
async function write(yaml: string) {
  const tree = new ValuesTree();
  tree.write('values/shop/default/a.yaml', yaml);
  const { code, stderr } = await tree.run('write', ['--out', 'out', '--quiet']);
  if (code !== 0) return { code, stderr };
  const text = readFileSync(join(tree.directory, 'out/sentry-options-shop-default.json'), 'utf8');
  return { code, stderr, options: text.replace(/^\{"generated_at":"[^"]+","options":(.*)\}$/s, '$1') };
}

describe('definitions', () => {
  it('Definitions can hold what JSON cannot, before and after the options', async () => {
    const definitions = '{<<: {a: 1}, ~: .nan, ? [a] : !own {b: !own 1}, ? !own c : &c 3, d: [&c 4, *c]}';
    for (const yaml of [
      `definitions: ${definitions}\noptions: {integer: 1}\n`,
      `options: {integer: 1}\ndefinitions: !own ${definitions}\n`,
    ]) {
      expect(await write(yaml)).toEqual({ code: 0, stderr: '', options: '{"integer":1}' });
    }
    const lost = await write('options: {integer: .inf, text: !own a, numbers: {~: 1}}\noptions: {integer: 1}\n');
    expect(lost).toMatchObject({ code: 0, options: '{"integer":1}' });
  });

  it('An option cannot take from the definitions what JSON cannot represent, and the issue names the option', async () => {
    const yaml =
      'definitions:\n  a: &a !own x\n  b: &b [1, .inf]\n  c: &c {<<: 1, d: {~: 1}}\n  e: &e [*b]\n' +
      'options:\n  text: *a\n  numbers: {x: *e}\n  integers: *c\n  lists: [*b]\n';
    const path = 'values/shop/default/a.yaml';
    expect(await write(yaml)).toEqual({
      code: 1,
      stderr:
        `ERROR sentry-options: YAML parse error in ${path}:\n` +
        `\toptions.integers.d: the key must be a string, a number or a boolean; got null (${path}:4:21)\n` +
        `ERROR sentry-options: In file ${path}: Value error for shop:\n` +
        `\tintegers ${MERGE} (${path}:4:10)\n` +
        `\tlists/0/1 .inf is a number that JSON cannot represent; quote it if it is a string (${path}:3:13)\n` +
        `\tnumbers/x/0/1 .inf is a number that JSON cannot represent; quote it if it is a string (${path}:3:13)\n` +
        `\tnumbers/x [[1,null]] is not of type "number" (${path}:8:16)\n` +
        `\ttext has the tag !own, which is not supported; remove the tag, or quote the value (${path}:2:14)\n`,
    });
  });

  it('What JSON cannot represent of all options is one issue, and not also one of their structure', async () => {
    const { stderr } = await write('definitions: {a: &a !own x}\noptions: *a\n');
    expect(stderr).toBe(
      'ERROR sentry-options: In file values/shop/default/a.yaml: Value error for shop:\n' +
        '\thas the tag !own, which is not supported; remove the tag, or quote the value (values/shop/default/a.yaml:1:26)\n',
    );
  });

  it('All issues of the structure are reported, in one order', async () => {
    const reject = async (yaml: string) => (await write(yaml)).stderr.split('\n').slice(0, -1);
    const structure = 'ERROR sentry-options: Invalid YAML structure in values/shop/default/a.yaml:';
    expect(await reject('b: 1\noptions: 2\nB: 1\ndefinitions: .inf\n')).toEqual([
      `${structure} expected only top-level keys 'options' and optional 'definitions', found unexpected keys ["B", "b"] (values/shop/default/a.yaml:1:1)`,
      `${structure} expected 'definitions' to be a mapping (values/shop/default/a.yaml:4:14)`,
      `${structure} expected 'options' to be a mapping; write each option as 'name: value', with a colon and a space (values/shop/default/a.yaml:2:10)`,
    ]);
    expect(await reject('definitions:\n')).toEqual([
      `${structure} expected 'definitions' to be a mapping (values/shop/default/a.yaml:1:13)`,
      `${structure} expected top-level key 'options', found ["definitions"]; write 'options: {}' if it has none (values/shop/default/a.yaml:1:1)`,
    ]);
    expect(await reject('option: {}\n')).toHaveLength(1);
    // Its only key may be what is meant to be 'options'.
    expect(await reject('? [options]\n: {}\n')).toHaveLength(2);
    expect(await reject('options: *none\ndefinitions: *none\n')).toEqual([
      'ERROR sentry-options: YAML parse error in values/shop/default/a.yaml:',
      '\toptions: the alias *none has no anchor before it in this file; quote it if it is a text (values/shop/default/a.yaml:1:10)',
      '\tdefinitions: the alias *none has no anchor before it in this file; quote it if it is a text (values/shop/default/a.yaml:2:14)',
    ]);
  });
});

describe('an alias', () => {
  it('An alias takes the nearest anchor of its name above, even of several', async () => {
    const yaml =
      'definitions: [&a 1, &a 2, &b 3, &a 4]\ndefinitions: {x: &a [&a [5]], y: *a, z: &a 6}\n' +
      'options: {integer: *a, lists: [&a [1], *a, &a [*b], *a], number: *b}\n';
    expect(await write(yaml)).toEqual({
      code: 0,
      stderr: '',
      options: '{"integer":6,"lists":[[1],[1],[3],[3]],"number":3}',
    });
    expect(await write('definitions: {x: &a [&a [5]]}\noptions: {lists: [*a]}\n')).toMatchObject({
      options: '{"lists":[[5]]}',
    });
  });

  it('A file of aliases that multiply is rejected, in little time and memory', async () => {
    const levels = (count: number, first: string, width: number): string =>
      Array.from(
        { length: count },
        (_, level) => `  l${level}: &l${level} ${level === 0 ? first : `[${`*l${level - 1}, `.repeat(width)}]`}\n`,
      ).join('');
    const tree = new ValuesTree();
    tree.values('integer: 1');
    const bombs = {
      wide: `definitions:\n${levels(9, '[x]', 10)}options: {integer: 1}\n`,
      deep: `definitions:\n${levels(120, '[x]', 2)}options: {integer: 1}\n`,
      deeper: `definitions:\n${levels(200, '[x]', 1)}options: {integer: 1}\n`,
      long: `definitions: {t: &t "${'x'.repeat(100_000)}"}\noptions:\n  x: [${'*t, '.repeat(100)}]\n`,
      keys: `definitions: {t: &t "${'x'.repeat(100_000)}"}\noptions:\n  x: [${'{*t : 1}, '.repeat(100)}]\n`,
      tagged: `definitions:\n${levels(9, '[!own x]', 10)}options: {text: *l8}\n`,
      itself: 'definitions: &d {n: [*d]}\noptions: {integer: 1}\n',
    };
    for (const [name, yaml] of Object.entries(bombs)) tree.write(`values/shop/${name}/a.yaml`, yaml);
    const { code, stderr } = await tree.run('validate-values', [], { ulimit: `-d ${1024 * 1024}` });
    expect(code).toBe(1);
    const lines = stderr.split('\n').filter((line) => line.startsWith('\t'));
    const find = (name: string) =>
      lines.filter((line) => line.includes(`shop/${name}/`)).map((line) => /^\t(\S+ .*?)(?=,| \()/.exec(line)?.[1]);
    expect(Object.fromEntries(Object.keys(bombs).map((name) => [name, find(name)]))).toEqual({
      wide: ['definitions.l4[9]: repetition limit exceeded: the aliases up to *l3 follow more than 11800 aliases'],
      deep: ['definitions.l14[1]: repetition limit exceeded: the aliases up to *l13 follow more than 60900 aliases'],
      deeper: ['definitions.l125[0]: more than 127 nested levels'],
      long: ['options.x[83]: repetition limit exceeded: the aliases up to *t expand to more than 8388608 characters'],
      keys: ['options.x[83]: repetition limit exceeded: the aliases up to *t expand to more than 8388608 characters'],
      tagged: ['definitions.l4[9]: repetition limit exceeded: the aliases up to *l3 follow more than 11800 aliases'],
      itself: ['definitions.n[0]: recursion limit exceeded: the alias *d refers to a value that contains it'],
    });
  });
});
