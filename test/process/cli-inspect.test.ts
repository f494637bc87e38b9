/** The commands that show what a base directory resolves to, run as processes. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { openOptions } from 'sentry-options';
import { describe, expect, it, onTestFinished } from 'vitest';
import { stringify } from 'yaml';
import { examine } from '../../src/cli/inspect/doctor.js';
import { Base, string, temporaryDirectory } from '../support/base.js';
import { CLI, runCli } from '../support/run-cli.js';
import { makeSeer } from '../support/seer.js';

/** The first line of a command that asks no running process. */
const READING = ' INFO sentry-options: Reading the files, as a service that starts now; --pid asks a running one\n';

const FLAG = {
  owner: { team: 'seer' },
  created_at: '2026-01-01',
  segments: [
    { name: 'business', conditions: [{ property: 'plan', operator: 'in', value: ['business'] }] },
    { name: 'half', rollout: 50, conditions: [] },
    { name: 'never', rollout: 0, conditions: [] },
  ],
};

const seer = (): Base => makeSeer(FLAG);

/** A namespace that declares flags by pattern. */
function byPattern(): Base {
  const base = new Base({});
  const patternProperties = { '^feature\\.': { $ref: '#/definitions/Feature' } };
  const properties = { host: string('localhost') };
  base.writeSchema('seer', JSON.stringify({ version: '1.0', type: 'object', properties, patternProperties }));
  base.writeValues('seer', { 'feature.new-ui': FLAG, 'feature.a-b': FLAG });
  return base;
}

describe('get', () => {
  it('get prints the value, the default and the source of all options, and of one', async () => {
    const { directory, valuesFile } = pathsOf(seer());
    const all = await runCli(['get', 'seer', '--dir', directory]);
    expect(all).toMatchObject({ code: 0, stderr: READING });
    const rows = all.stdout
      .trimEnd()
      .split('\n')
      .map((line) => line.split(/ {2,}/));
    expect(rows[0]).toEqual(['OPTION', 'VALUE', 'DEFAULT', 'FROM']);
    expect(rows).toContainEqual(['max-retries', '7', '3', 'values']);
    expect(rows).toContainEqual(['host', '"localhost"', '"localhost"', 'default']);
    expect(rows).toContainEqual(['feature.unset', '-', '-', 'not set']);

    const one = await runCli(['get', 'seer', 'max-retries', '--json'], { env: { SENTRY_OPTIONS_DIR: directory } });
    expect(JSON.parse(one.stdout)).toEqual({
      namespace: 'seer',
      key: 'max-retries',
      value: 7,
      default: 3,
      isset: true,
      source: valuesFile,
    });
  });

  it('get suggests a similar name for an unknown option or namespace', async () => {
    const { directory } = seer();
    const option = await runCli(['get', 'seer', 'max-retrys', '--dir', directory]);
    expect(option).toMatchObject({ code: 1, stdout: '' });
    expect(option.stderr).toContain("namespace 'seer' has no option 'max-retrys'; did you mean 'max-retries'?");
    const flag = await runCli(['get', 'seer', 'new-ui', '--dir', directory]);
    expect(flag.stderr).toContain("namespace 'seer' has no option 'new-ui'; it is the flag 'feature.new-ui'\n");
    const namespace = await runCli(['get', 'sear', '--dir', directory]);
    expect(namespace).toMatchObject({ code: 1, stdout: '' });
    expect(namespace.stderr).toContain("no schema declares the namespace 'sear'; did you mean 'seer'?");
  });

  it('get lists the flags by pattern that are set, and says of any other that it is not', async () => {
    const { directory } = byPattern();
    const { stdout } = await runCli(['get', 'seer', '--dir', directory]);
    expect(stdout.split('\n').map((line) => line.split(/ {2,}/)[0])).toEqual([
      'OPTION',
      'host',
      'feature.a-b',
      'feature.new-ui',
      '',
    ]);
    const set = await runCli(['get', 'seer', 'feature.new-ui', '--json', '--dir', directory]);
    expect(JSON.parse(set.stdout)).toMatchObject({ isset: true, value: FLAG });
    const unset = await runCli(['get', 'seer', 'feature.new-iu', '--json', '--dir', directory]);
    expect(JSON.parse(unset.stdout)).toEqual({ namespace: 'seer', key: 'feature.new-iu', isset: false });
  });

  it('get reports invalid values', async () => {
    const base = seer();
    base.writeValues('seer', { 'max-retries': 'many' });
    const outcome = await runCli(['get', 'seer', '--dir', base.directory]);
    expect(outcome).toMatchObject({ code: 1, stdout: '' });
    expect(outcome.stderr).toContain('max-retries "many" is not of type "integer"');
  });
});

describe('explain', () => {
  const explain = (base: Base, ...args: string[]) => runCli(['explain', 'seer', ...args, '--dir', base.directory]);

  it('explain prints for each segment whether and why it matches', async () => {
    const base = seer();
    const inHalf = await explain(base, 'new-ui', '--context', '{"plan": "free", "id": 1}', '--identity', 'id');
    const bucket = Number(/bucket (\d+) is (in|out)/.exec(inHalf.stdout)?.[1]);
    const answer = bucket <= 50 ? 'in' : 'out';
    expect(inHalf.stdout).toBe(
      [
        `new-ui of seer is ${answer === 'in' ? 'on' : 'off'}: the bucket is ${answer === 'in' ? '' : 'not '}in the rollout`,
        '  business: no match: plan must be in ["business"]; got "free"',
        `  half: match, rollout 50%, bucket ${bucket} is ${answer}`,
        '  never: not tried',
        '  identity: id:1',
        '',
      ].join('\n'),
    );
    // By the flag's full name.
    const business = await explain(base, 'feature.new-ui', '--context', '{"plan": "Business"}', '--json');
    expect(JSON.parse(business.stdout)).toMatchObject({ flag: 'new-ui', enabled: true, segment: 'business' });
  });

  it('explain evaluates a flag by pattern, and suggests a similar one for a name that is not set', async () => {
    const base = byPattern();
    const set = await explain(base, 'new-ui', '--context', '{"plan": "business"}', '--json');
    expect(JSON.parse(set.stdout)).toMatchObject({ flag: 'new-ui', enabled: true, segment: 'business' });
    const unset = await explain(base, 'new-iu', '--context', '{}');
    expect(unset).toMatchObject({
      code: 0,
      stdout: "new-iu of seer is off: no values file sets it; did you mean 'new-ui'?\n",
      stderr: READING,
    });
  });

  it('explain rejects a context that is not a JSON object, and an unknown flag', async () => {
    const base = seer();
    for (const [context, message] of [
      ['[1]', 'must be a JSON object'],
      ['{"id": ', 'Failed to parse JSON: EOF'],
      [
        '{"id": 12345678901234567890}',
        'id must be within ±(2^53 - 1), the integers that a JavaScript number can hold; got 12345678901234567890',
      ],
    ] as const) {
      const outcome = await explain(base, 'new-ui', '--context', context);
      expect(outcome).toMatchObject({ code: 1, stdout: '' });
      expect(outcome.stderr).toContain(message);
    }
    const unknown = await explain(base, 'new-iu');
    expect(unknown.stderr).toContain("namespace 'seer' has no feature flag 'new-iu'; did you mean 'new-ui'?");
    expect((await explain(base, 'unset')).stdout).toBe('unset of seer is off: no values file sets it\n');
  });
});

describe('doctor', () => {
  const levels = (stdout: string): string[] =>
    JSON.parse(stdout).checks.map(({ topic, level }: { topic: string; level: string }) => `${topic} ${level}`);

  it('doctor reports only ok for valid files', async () => {
    const outcome = await runCli(['doctor', '--json', '--dir', seer().directory]);
    expect(outcome.code).toBe(0);
    expect(levels(outcome.stdout)).toEqual([
      'node ok',
      'directory ok',
      'schemas ok',
      'values ok',
      'mounts ok',
      'skew ok',
    ]);
  });

  it('doctor says if a schema declares flags by pattern', async () => {
    const outcome = await runCli(['doctor', '--dir', byPattern().directory]);
    expect(outcome.stdout).toMatch(/^ok +schemas +1 namespace, 1 option and flags by pattern: seer$/m);
  });

  it('doctor warns of skew between schemas and values, and of a wrong clock', async () => {
    const base = seer();
    const generatedAt = new Date(Date.now() + 5.2 * 3_600_000).toISOString();
    base.writeText('seer', JSON.stringify({ options: { unknown: 1 }, generated_at: generatedAt }));
    base.writeValues('stranger', {});
    const outcome = await runCli(['doctor', '--dir', base.directory]);
    expect(outcome.code).toBe(0);
    expect(outcome.stdout).toMatch(/^warning {2}values .*"unknown"/m);
    expect(outcome.stdout).toMatch(/^warning {2}skew .*stranger\n +→ /m);
    expect(outcome.stdout).toMatch(/^warning {2}clock .*5 h 1[12] min in the future\n +→ /m);
  });

  it('doctor says of a misplaced file what the watcher says, once', async () => {
    const base = seer();
    const text = readFileSync(base.valuesFile('seer'), 'utf8');
    base.removeValues('seer');
    base.writeText('serr', text);
    const { stdout } = await runCli(['doctor', '--dir', base.directory]);
    const warning =
      `There is no values.json of seer, but there is ${base.valuesFile('serr')}, which nothing reads. ` +
      `Move it to ${base.valuesFile('seer')}.`;
    expect(stdout).toContain(`\nwarning  mounts     ${warning}\n`);
    expect(stdout.split('serr')).toHaveLength(2);
  });

  it('doctor warns of a file that only a service with a larger maxFileBytes accepts, and get reads it', async () => {
    const base = new Base({
      seer: { ids: { type: 'array', items: { type: 'string' }, default: [], description: 'ids' }, host: string('') },
    });
    const options = { host: 'x', ids: Array(150_000).fill('12345678') };
    base.writeValues('seer', options);
    const outcome = await runCli(['doctor', '--dir', base.directory]);
    expect(outcome.code).toBe(0);
    expect(outcome.stdout).toMatch(/^ok +values +valid/m);
    expect(outcome.stdout).toMatch(
      /^warning +values .*values\.json must have at most 1114112 bytes; got \d+\n +→ .*maxFileBytes/m,
    );
    const read = await runCli(['get', 'seer', 'host', '--dir', base.directory, '--quiet']);
    expect(read).toMatchObject({ code: 0, stderr: '' });

    // Small, but large once parsed.
    base.writeText('seer', `{"options":{},"unknown":[${'{},'.repeat(350_000)}{}]}`);
    const parsed = await runCli(['doctor', '--dir', base.directory]);
    expect(parsed.code).toBe(0);
    expect(parsed.stdout).toMatch(/^warning +values .*must take at most 17\.0 MiB.*\n +→ .*maxFileBytes/m);
  });

  it('doctor says which values a process has kept that a start would serve', async () => {
    const base = seer();
    const store = openOptions({ directory: base.directory, pollInterval: null });
    onTestFinished(() => store.close());
    base.writeValues('seer', { 'max-retries': 'many' });
    const advise = async (keptAt: string | null) => {
      const state = { file: '/var/lib/kept', keptAt, problem: null };
      return (await examine(undefined, { ...store.status(), state })).at(-1);
    };
    expect(await advise('2026-01-21T18:30:00.000Z')).toMatchObject({
      level: 'error',
      advice: expect.stringContaining(
        ': a process that starts now serves the last good values of 2026-01-21T18:30:00.000Z, if it has /var/lib/kept and ',
      ),
    });
    expect(await advise(null)).toMatchObject({
      advice: expect.stringContaining(': this process has kept no values yet, so '),
    });
  });

  it('doctor exits with 1 if a service cannot start', async () => {
    const bad = seer();
    bad.writeValues('seer', { 'max-retries': 'many' });
    const values = await runCli(['doctor', '--json', '--dir', bad.directory]);
    expect(values.code).toBe(1);
    expect(levels(values.stdout)).toContain('values error');
    bad.writeSchema('seer', '{}');
    const schemas = await runCli(['doctor', '--json', '--dir', bad.directory]);
    expect(schemas.code).toBe(1);
    expect(levels(schemas.stdout)).toEqual(['node ok', 'directory ok', 'schemas error']);
  });
});

describe('status', () => {
  it('status prints the status of a new store', async () => {
    const base = seer();
    const hash = createHash('sha256')
      .update(readFileSync(base.valuesFile('seer')))
      .digest('hex');
    const text = await runCli(['status', '--dir', base.directory]);
    expect(text).toMatchObject({ code: 0, stderr: READING });
    expect(text.stdout).toMatch(/^health +ok$/m);
    const json = await runCli(['status', '--json', '--dir', base.directory]);
    expect(JSON.parse(json.stdout)).toMatchObject({ health: 'ok', namespaces: { seer: { valuesHash: hash } } });
  });
});

describe('diff', () => {
  const options = { 'max-retries': 3, 'feature.new-ui': FLAG, old: ['x'] };
  const changed = {
    'max-retries': 5,
    'feature.new-ui': {
      ...FLAG,
      description: 'half of all',
      segments: [
        { name: 'beta', conditions: [] },
        { ...FLAG.segments[1], rollout: 80 },
        { ...FLAG.segments[0], conditions: [] },
      ],
    },
    new: true,
  };
  const expected = [
    'seer',
    '  ~ feature.new-ui: audience changed',
    '      segment "business": conditions changed',
    '      segment "half": rollout 50% → 80%',
    '      segment "never": removed',
    '      segment "beta": added',
    '      the order of the segments changed',
    '  ~ max-retries: 3 → 5',
    '  + new: true',
    '  - old: ["x"]',
    '',
  ].join('\n');

  /** Writes the values in each form that they have between a repository and a pod, and returns the paths. */
  function formsOf(values: Record<string, unknown>, directory: string): readonly string[] {
    const write = (path: string, text: string): string => {
      mkdirSync(dirname(join(directory, path)), { recursive: true });
      writeFileSync(join(directory, path), text);
      return join(directory, path);
    };
    const json = JSON.stringify({ options: values });
    const { old, ...rest } = values;
    const defaults = old === undefined ? {} : { old };
    write('option-values/seer/default/values.yaml', JSON.stringify({ options: defaults }));
    const manifest = { kind: 'ConfigMap', metadata: { name: 'sentry-options-seer' }, data: { 'values.json': json } };
    return [
      dirname(dirname(dirname(write('base/values/seer/values.json', json)))),
      dirname(write('mounted/seer/values.json', json)),
      write('sentry-options-seer.json', json),
      write('configmap.yaml', JSON.stringify(manifest)),
      dirname(write('option-values/seer/de/values.yaml', JSON.stringify({ options: rest }))),
    ];
  }

  it('diff compares values in any two forms, option by option', async () => {
    const [before, after] = [formsOf(options, temporaryDirectory()), formsOf(changed, temporaryDirectory())];
    const others = [...after.slice(1), after[0] as string];
    for (const [index, form] of before.entries()) {
      const outcome = await runCli(['diff', form, others[index] as string]);
      expect(outcome).toEqual({ code: 0, signal: null, stdout: expected, stderr: '' });
    }
    const [same = '', asManifest = ''] = [before[0], before[3]];
    expect(await runCli(['diff', same, asManifest, '--exit-code'])).toMatchObject({ code: 0, stdout: '' });
    const [other = ''] = after;
    expect(await runCli(['diff', same, other, '--exit-code'])).toMatchObject({ code: 1, stdout: expected });
  });

  it('diff reports the same audience if only the description of a flag differs, and rejects other files', async () => {
    const directory = temporaryDirectory();
    const before = join(directory, 'before.json');
    const after = join(directory, 'after.json');
    writeFileSync(before, JSON.stringify({ options: { 'feature.new-ui': FLAG } }));
    writeFileSync(after, JSON.stringify({ options: { 'feature.new-ui': { ...FLAG, description: 'new' } } }));
    const outcome = await runCli(['diff', before, after]);
    expect(outcome.stdout).toBe('before\n  ~ feature.new-ui: same audience\n');
    for (const [name, text, message] of [
      ['bad.json', '{', 'Failed to parse JSON'],
      ['other.json', '[]', "must have an 'options' key"],
      ['bad.yaml', 'a: [', 'bad.yaml:1:'],
      ['service.yaml', 'kind: Service', 'must be a ConfigMap'],
    ] as const) {
      writeFileSync(join(directory, name), text);
      const rejected = await runCli(['diff', before, join(directory, name)]);
      expect(rejected).toMatchObject({ code: 1, stdout: '' });
      expect(rejected.stderr).toContain(message);
    }
    expect((await runCli(['diff', before, join(directory, 'none')])).stderr).toContain('none does not exist');
    expect((await runCli(['diff', before, temporaryDirectory()])).stderr).toContain('has no values');
  });

  it('diff compares values below feature.* that are no flags as plain values', async () => {
    const directory = temporaryDirectory();
    const write = (name: string, segments: unknown): string => {
      writeFileSync(join(directory, name), JSON.stringify({ options: { 'feature.x': { segments } } }));
      return join(directory, name);
    };
    for (const [index, segments] of [[null], [1], [{ name: 'a' }], [{ name: 1, conditions: [] }], 'a'].entries()) {
      const outcome = await runCli(['diff', write('a.json', []), write(`${index}.json`, segments)]);
      expect(outcome).toMatchObject({ code: 0, stderr: '', stdout: expect.stringContaining('~ feature.x: ') });
    }
  });

  describe('sources that are not a file of one ConfigMap', () => {
    const json = JSON.stringify({ options });
    const manifest = (name: string, values: object, namespace = 'default') => ({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name, namespace },
      data: { 'values.json': JSON.stringify({ options: values }) },
    });
    const root = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'kube-root-ca.crt' },
      data: { 'ca.crt': 'x' },
    };
    const list = (...items: object[]) => ({ apiVersion: 'v1', kind: 'List', items: [root, ...items], metadata: {} });

    /** Writes files, and runs a shell script in which `$CLI` is the command line. */
    function diff(script: string, files: Record<string, object | string>) {
      const directory = temporaryDirectory();
      for (const [name, content] of Object.entries(files)) {
        writeFileSync(join(directory, name), typeof content === 'string' ? content : JSON.stringify(content));
      }
      const env = { PATH: process.env.PATH, CLI: `${process.execPath} ${CLI} diff` };
      return spawnSync('bash', ['--norc', '-c', script], { cwd: directory, env, encoding: 'utf8', timeout: 55_000 });
    }

    it.each([
      ['stdin as -', 'cat map.json | $CLI seer.json -'],
      ['stdin as - first', 'cat seer.json | $CLI - map.json'],
      ['a pipe as /dev/stdin', 'cat map.json | $CLI seer.json /dev/stdin'],
      ['a file as /dev/stdin', '$CLI seer.json /dev/stdin < map.json'],
      ['process substitution', '$CLI <(cat seer.json) <(cat map.json)'],
      ['a FIFO', 'mkfifo pipe; cat map.json > pipe & $CLI seer.json pipe'],
      ['a ConfigMap as JSON', '$CLI seer.json map.json'],
      ['a List as JSON', '$CLI seer.json list.json'],
      ['a List as YAML', '$CLI seer.json list.yaml'],
      ['values as YAML on stdin', 'cat values.yaml | $CLI seer.json -'],
      ['values as YAML in braces on stdin', 'cat braces.yaml | $CLI seer.json -'],
      ['values as YAML in braces in a file', 'cp braces.yaml braces; $CLI seer.json braces'],
      ['a slow writer', '{ head -c 40 map.json; sleep 0.3; tail -c +41 map.json; } | $CLI seer.json -'],
    ])('diff reads %s', (_, script) => {
      const map = manifest('sentry-options-seer', changed);
      const files = {
        'seer.json': json,
        'map.json': map,
        'list.json': list(map),
        'list.yaml': stringify(list(map)),
        'values.yaml': stringify({ options: changed }),
        'braces.yaml': `{options: ${JSON.stringify(changed)},}`,
      };
      expect(diff(script, files)).toMatchObject({ status: 0, stdout: expected, stderr: '' });
    });

    it('diff compares the namespaces of two Lists', () => {
      const files = {
        'a.json': list(manifest('sentry-options-seer', { a: 1 }), manifest('sentry-options-shop', { b: 1 })),
        'b.json': list(manifest('sentry-options-shop', { b: 2 }), manifest('sentry-options-seer', { a: 1 })),
      };
      expect(diff('$CLI a.json b.json', files)).toMatchObject({ status: 0, stdout: 'shop\n  ~ b: 1 → 2\n' });
    });

    it.each([
      ['$CLI - - < seer.json', 'only one of the sets can be stdin'],
      ['head -c 70000000 /dev/zero | $CLI seer.json -', '- must have at most 67108864 bytes; got more'],
      ['$CLI seer.json empty.json', "empty.json is a List in which no ConfigMap has the key 'values.json' in its data"],
      [
        '$CLI seer.json twice.json',
        "twice.json has several ConfigMaps with values of 'seer'; select one cluster namespace",
      ],
      ['$CLI seer.json pod.json', 'pod.json must be a ConfigMap, a List of them, or values; got kind Pod'],
      ['$CLI seer.json bad.json', 'bad.json: values.json of sentry-options-seer: Failed to parse JSON'],
      [
        '$CLI seer.json - < /dev/null',
        '- must be a ConfigMap or a file of values, which are YAML mappings; got nothing: it is empty',
      ],
    ])('diff rejects what it cannot read: %s', (script, message) => {
      const bad = { ...manifest('sentry-options-seer', {}), data: { 'values.json': '{' } };
      const map = manifest('sentry-options-seer', {});
      const files = {
        'seer.json': json,
        'empty.json': list(),
        'twice.json': list(map, manifest('sentry-options-seer', {}, 'other')),
        'pod.json': { kind: 'Pod', data: {} },
        'bad.json': bad,
      };
      expect(diff(script, files)).toMatchObject({ status: 1, stdout: '', stderr: expect.stringContaining(message) });
    });
  });
});

describe('watch', () => {
  it('watch prints each change and each rejected reload, and ends when its reader closes the pipe', async () => {
    const base = seer();
    const watching = start(['watch', 'seer', '--interval', '20', '--dir', base.directory]);
    await watching.waitFor(/watching .*, generation 1: seer$/m);
    replace(base, { 'max-retries': 9, 'feature.new-ui': FLAG });
    await watching.waitFor(/generation 2:\n {2}seer max-retries: 7 → 9$/m);
    replace(base, { 'max-retries': 'many' });
    await watching.waitFor(/error: Failed to reload values .*\n {2}max-retries "many" is not of type "integer"$/m);
    replace(base, { 'feature.new-ui': FLAG });
    await watching.waitFor(/generation 3:\n {2}seer max-retries: 9 → 3$/m);
    await watching.waitFor(/valid again/);
    watching.child.stdout?.destroy();
    replace(base, { 'max-retries': 8 });
    expect(await watching.end).toBe(0);
  });

  // Only the `script` of util-linux: other systems' takes other arguments.
  it.skipIf(process.platform !== 'linux')(
    'watch draws the current values on a terminal, and restores the terminal at the end',
    async () => {
      const base = seer();
      const command = `stty rows 12 cols 60; exec "${process.execPath}" "${CLI}" watch --interval 20 --dir "${base.directory}"`;
      const watching = start(['-qefc', command, '/dev/null'], 'script');
      await watching.waitFor(/NAMESPACE {2}OPTION/);
      await watching.waitFor(/seer {7}max-retries {5}7 /);
      replace(base, { 'max-retries': 9 });
      await watching.waitFor(/max-retries: 7 → 9/);
      watching.child.stdin?.write('\u0003');
      await watching.end;
      const screen = watching.output();
      const [first = ''] = screen.split('\r\n', 1);
      expect(first).toContain('Reading the files, as a service that starts now');
      expect(screen.slice(first.length).startsWith('\r\n\u001B[?1049h')).toBe(true);
      expect(screen.slice(screen.lastIndexOf('\u001B[?1049'))).toMatch(/^.{3}1049l/s);
      const lines = screen.replaceAll('\u001B[H', '\u001B[K').split('\u001B[K');
      const drawn = lines.map((line) => line.replace(/^\r\n/, '')).filter((line) => !line.includes('\u001B'));
      expect(Math.max(...drawn.map((line) => line.length))).toBe(60);
    },
  );
});

function pathsOf(base: Base) {
  return { directory: base.directory, valuesFile: base.valuesFile('seer') };
}

/** Replaces the values file by a rename, so that no reader sees half of it. */
function replace(base: Base, options: Record<string, unknown>): void {
  const file = base.valuesFile('seer');
  mkdirSync(join(file, '..'), { recursive: true });
  writeFileSync(`${file}.new`, JSON.stringify({ options }));
  renameSync(`${file}.new`, file);
}

interface Running {
  readonly child: ChildProcess;
  readonly end: Promise<number | null>;
  output(): string;
  /** Resolves when the output matches `pattern`. */
  waitFor(pattern: RegExp): Promise<void>;
}

/** Starts a command that runs until it is stopped. */
function start(args: readonly string[], program?: string): Running {
  const { PATH = '', HOME = '' } = process.env;
  const child = spawn(program ?? process.execPath, program === undefined ? [CLI, ...args] : args, {
    env: { PATH, HOME, TERM: 'xterm' },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let text = '';
  child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  const end = new Promise<number | null>((resolve) => child.on('close', resolve));
  return {
    child,
    end,
    output: () => text,
    waitFor: (pattern) => expect.poll(() => text, { timeout: 30_000 }).toMatch(pattern),
  };
}
