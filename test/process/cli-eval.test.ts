/** `sentry-options eval`: the answers of the Rust command line, and what ours adds to them. */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryDirectory } from '../support/base.js';
import { replayTopic } from '../support/cli-replay.js';
import { runCliInServer } from '../support/cli-server.js';
import { CLI } from '../support/run-cli.js';
import { hasScript, runOnTerminal } from '../support/terminal.js';

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
      why: '50.0 is 50, as in a Node.js service',
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
        'feature.dark/segments/1/conditions/0/operator "is" is not one of "in", "not_in", "contains", "not_contains", "equals", "not_equals", "matches" or "not_matches"',
        'feature.dark/segments/1/rollout 101 is greater than the maximum of 100',
      ],
    },
  },
});

/** Creates a flag as JSON, which is YAML as well. */
function flag(segments: readonly object[], more: object = {}): string {
  return JSON.stringify({ owner: { team: 'web' }, created_at: '2026-01-21', segments, ...more });
}

const ALL = flag([{ name: 'all', conditions: [] }]);

/** Writes `text` to a file, and evaluates a flag of it. */
async function evaluate(text: string | Uint8Array, args: readonly string[], name = 'dark') {
  const cwd = temporaryDirectory();
  writeFileSync(join(cwd, 'flags.yaml'), text);
  const all = ['eval', '--values', 'flags.yaml', '--flag', name, ...args];
  const { code, stdout, stderr } = await runCliInServer(all, { cwd });
  return { code, stdout, stderr };
}

describe('eval', () => {
  it('eval takes a rollout of 50.0 as 50', async () => {
    const text = `options: {feature.dark: {"owner": {"team": "t"}, "created_at": "2026-01-21", "segments": [{"name": "s", "conditions": [], "rollout": 50.0}]}}`;
    const args = (id: number): string[] => ['--context', `{"organization_id": ${id}}`];
    expect((await evaluate(text, args(1))).stdout).toBe(outside('s', 50));
    expect((await evaluate(text, args(131))).stdout).toBe('true\nsegment: s (rollout 50%)\n');
  });

  it('eval decides a flag of any name by its own segments', async () => {
    const off = flag([{ name: 'none', conditions: [], rollout: 0 }]);
    for (const name of ['eval-segment-0', 'eval-segment-1', '__proto__', 'constructor', '']) {
      const { stdout } = await evaluate(`options: {"feature.${name}": ${off}}`, [], name);
      expect(stdout).toBe(outside('none', 0));
    }
  });

  it('eval reports each issue of a flag once, with its line and column', async () => {
    const segments = [{ name: 's', conditions: [], rollout: 101 }, { conditions: [] }];
    expect(await evaluate(`options:\n  feature.a/b: ${flag(segments, { color: 'red' })}\n`, [], 'a/b')).toEqual({
      code: 1,
      stdout: '',
      stderr:
        'ERROR sentry-options: Invalid flag definition: In file flags.yaml:\n' +
        "\tfeature.a~1b Additional properties are not allowed ('color' was unexpected); allowed: 'name', 'owner', 'created_at', 'enabled', 'description', 'experiment_mode', 'segments' (flags.yaml:2:140)\n" +
        '\tfeature.a~1b/segments/0/rollout 101 is greater than the maximum of 100 (flags.yaml:2:116)\n' +
        '\tfeature.a~1b/segments/1 "name" is a required property (flags.yaml:2:121)\n',
    });
  });

  it('eval accepts whatever is beside the flag, except what is not YAML, a tag, or a key that is no text', async () => {
    const beside = (line: string) => evaluate(`options:\n  feature.dark: ${ALL}\n  other: ${line}\n`, ['--quiet']);
    for (const line of ['{a: 1, a: 2}', '{<<: {a: 1}, 1: x, true: y}', '[.inf, -.inf, .nan]', '!!set {a}', '1']) {
      expect(await beside(line)).toEqual({ code: 0, stdout: 'true\nsegment: all (rollout 100%)\n', stderr: '' });
    }
    for (const line of ['!own {a: 1}', '[!own x]', '{~: 1}', '{[a]: 1}', '{{a: 1}: 1}', '18446744073709551616', '*a']) {
      const { code, stdout, stderr } = await beside(line);
      expect({ code, stdout, stderr }).toEqual({
        code: 1,
        stdout: '',
        stderr: expect.stringMatching(/^ERROR sentry-options: YAML parse error in flags\.yaml:\n\t.*\(flags\.yaml:3:/),
      });
    }
    for (const tagged of ['definitions: [!own x]', 'options: !own x', '!own x: 1']) {
      const { stderr } = await evaluate(`${tagged}\noptions: {feature.dark: ${ALL}}`, []);
      expect(stderr).toMatch(/^ERROR sentry-options: YAML parse error in flags\.yaml:\n\t.*has the tag !own/);
    }
    expect((await evaluate(`~: 1\noptions: {feature.dark: ${ALL}}`, [])).stderr).toContain('the key must be a string');
  });

  it('eval prints names as they are written, and reads a context with any names', async () => {
    const name = '\u001B[31m\u0085\u202E"\\';
    const conditions = [{ property: '__proto__', operator: 'equals', value: 'X' }];
    const text = `options: {feature.dark: ${flag([{ name, conditions }])}}`;
    const { stdout } = await evaluate(text, ['--context', '{"__proto__": "x", "constructor": 1}']);
    expect(stdout).toBe(`true\nsegment: ${name} (rollout 100%)\n`);
    expect((await evaluate(text, ['--context', '{"a": {"__proto__": "x"}}'])).stdout).toBe(
      'false\nno segment matched\n',
    );
  });

  it('eval reads a context of 10 MB, and rejects one that is too deep or has too many values', async () => {
    const conditions = [{ property: 'tags', operator: 'contains', value: 'x' }];
    const text = `options: {feature.dark: ${flag([{ name: 's', conditions }])}}`;
    const ask = (context: string) => evaluate(text, ['--context', context]);
    const long = await ask(`{"tags": ["${'y'.repeat(10_000_000)}", "x"]}`);
    expect(long).toEqual({ code: 0, stdout: 'true\nsegment: s (rollout 100%)\n', stderr: '' });
    const deep = await ask(`{"tags": ${'['.repeat(100_000)}`);
    expect(deep).toMatchObject({ code: 1, stderr: expect.stringContaining('--context is not valid JSON: recursion') });
    expect((await ask('tags=x')).stderr).toContain(`line 1 column 1; write '{"tags":"x"}'\n`);
    const many = await ask(`{"tags": [${'1,'.repeat(1_000_000)}1]}`);
    expect(many).toMatchObject({ code: 1, stderr: expect.stringContaining('--context: A context must have at most') });
    const list = await ask(`[${'1,'.repeat(1_000)}1]`);
    expect(list.stderr).toMatch(/^ERROR sentry-options: --context must be a JSON object, got \[1,.{97}…\n$/);
  });

  it('eval names the file that it cannot read, and a flag of a similar name', async () => {
    expect((await evaluate(Buffer.from([0x61, 0xff]), [])).stderr).toBe(
      'ERROR sentry-options: Cannot read flags.yaml: it must be UTF-8\n',
    );
    const cwd = temporaryDirectory();
    const missing = await runCliInServer(['eval', '--values', 'none', '--flag', 'dark'], { cwd });
    expect(missing.stderr).toBe(
      "ERROR sentry-options: Cannot read none: ENOENT: no such file or directory, open 'none'\n",
    );
    const text = `options: {feature.dark: ${ALL}, feature.light: ${ALL}}`;
    const found = (name: string) => evaluate(text, [], name).then(({ stderr }) => stderr);
    expect(await found('bark')).toBe(
      'ERROR sentry-options: feature.bark not found in flags.yaml; did you mean feature.dark?\n',
    );
    expect(await found('feature.new')).toBe('ERROR sentry-options: feature.new not found in flags.yaml\n');
  });

  it('eval reads a pipe of the shell, and rejects a FIFO, which may have no writer', () => {
    const cwd = temporaryDirectory();
    writeFileSync(join(cwd, 'flags.yaml'), `options: {feature.dark: ${ALL}}`);
    const run = (script: string) =>
      spawnSync('bash', ['--norc', '-c', script], {
        cwd,
        env: { PATH: process.env.PATH, CLI: `${process.execPath} ${CLI} eval --flag dark --values` },
        encoding: 'utf8',
        timeout: 55_000,
      });
    expect(run('cat flags.yaml | $CLI /dev/stdin').stdout).toBe('true\nsegment: all (rollout 100%)\n');
    expect(run('mkfifo pipe; ln -s pipe link; $CLI link')).toMatchObject({
      status: 1,
      stderr: 'ERROR sentry-options: Cannot read link: it is a FIFO, not a regular file\n',
    });
  });

  it.runIf(hasScript())(
    'On a terminal, eval says why each segment does not match, and the bucket (skipped without util-linux)',
    () => {
      const cwd = temporaryDirectory();
      const segments = [
        { name: 'staff\u001B[2J\n', conditions: [{ property: 'ids', operator: 'in', value: [2 ** 53] }] },
        { name: 'half', rollout: 50, conditions: [] },
        { name: 'rest', conditions: [] },
      ];
      writeFileSync(join(cwd, 'flags.yaml'), `options: {feature.dark: ${flag(segments)}}`.replace('740992', '740993'));
      const ask = (context: string) =>
        runOnTerminal(['eval', '--values', 'flags.yaml', '--flag', 'dark', '--context', context], cwd);
      const { code, screen } = ask('{"organization_id": 1, "ids": 9007199254740992}');
      expect({ code, screen: screen.replace(/^ WARN .*\n\t.*\n/, 'WARN\n') }).toEqual({
        code: 0,
        screen: [
          'WARN',
          outside('half', 50).trimEnd(),
          '  staff\\u001b[2J\\u000a: no match: ids must be in [9007199254740993]; got 9007199254740992',
          '  half: match, rollout 50%, bucket 57 is out',
          '  rest: not tried',
          '  hashed: organization_id:1',
          '',
        ].join('\n'),
      });
      expect(screen).toContain('A Node.js service would reject flags.yaml:');
    },
  );
});
