/** Tests the state directory in real processes: kills at every step, trial, and whatever is wrong with the directory. */
import { execFile, execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { alwaysOn } from '../../src/testing/features.js';
import { STATE_EDITS, STATE_STEPS } from '../faults/state.mjs';
import { Base, integer, string, temporaryDirectory } from '../support/base.js';
import { runScript } from '../support/run.js';
import { buildVariant } from '../support/variant.js';

const KEPT = { number: 1, health: 'degraded', generation: 1, fallback: 'lastGood', problem: null };
const OK = { health: 'ok', fallback: null, problem: null };

/** A base directory with valid values, and a state directory. */
class World {
  readonly base = new Base({ seer: { number: integer(0) } });
  readonly state = temporaryDirectory();

  constructor() {
    this.base.writeValues('seer', { number: 1 });
  }

  get folder(): string {
    return join(this.state, `sentry-options-${process.geteuid?.()}`);
  }

  get file(): string {
    return join(this.folder, readdirSync(this.folder).find((name) => name.endsWith('.state')) as string);
  }

  /** How often the values file was validated. */
  get validations(): number {
    return readFileSync(`${this.base.valuesFile('seer')}.validated`).length;
  }

  /** Runs commands in a process in which values are kept as soon as they are live, or after the real trial. */
  async run(commands: string, { isReal = false, state = this.state } = {}) {
    const script = isReal ? 'state.mjs' : (await buildVariant(...STATE_EDITS))('state.mjs');
    const outcome = await runScript(script, { arguments: [this.base.directory, state, ...commands.split(' ')] });
    const lines = outcome.stdout.split('\n').filter(Boolean);
    return { ...outcome, shown: lines.map((line) => JSON.parse(line)), messages: listMessages(outcome.stderr) };
  }
}

/** Returns the first line of each message. */
function listMessages(stderr: string): string[] {
  return stderr.split('\n').flatMap((line) => /^\[sentry-options\] (.*)$/.exec(line)?.[1] ?? []);
}

describe('the state directory', () => {
  it('A process that is killed while it writes leaves what was kept before, or the new values, whole', async () => {
    const script = (await buildVariant(...STATE_EDITS))('state-rounds.mjs');
    const names = [
      'syncing the folder',
      'half of a piece written',
      'renaming the file',
      'writing the lock',
      'half of a piece written of values on trial',
    ];
    const steps = names.map((name) => STATE_STEPS.find((step) => step.name === name));
    const { code, stdout, stderr } = await runScript(script, {
      arguments: [JSON.stringify({ rounds: steps.length, steps })],
    });
    expect(code, stderr).toBe(0);
    const rows = stdout
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line));
    expect(rows.flatMap(({ step, failures }) => failures.map((failure: string) => `${step}: ${failure}`))).toEqual([]);
    expect(rows.map(({ step }) => step)).toEqual([...names, 'the end']);
  }, 240_000);

  it('A start on invalid values serves what was kept, without a restart of the process that kept it, and recovers', async () => {
    const world = new World();
    await world.run('open kept set:2 kept set:1 kept close');
    const { shown, messages } = await world.run('break open show set:3 show kept break close open show');
    expect(shown).toEqual([KEPT, { ...OK, number: 3, generation: 2 }, { ...KEPT, number: 3 }]);
    const failed = expect.stringMatching(/^error: Failed to load values from /);
    const recovered = `info: The values in ${join(world.base.directory, 'values')} are valid again.`;
    expect(messages).toEqual([failed, recovered, failed]);
  });

  it('Values of which the process dies within their trial are not kept', async () => {
    const world = new World();
    await world.run('open kept close');
    const { signal, shown } = await world.run('set:2 open show die', { isReal: true });
    expect(signal).toBe('SIGKILL');
    expect(shown).toEqual([{ ...OK, number: 2, generation: 1 }]);
    const after = await world.run('break open show', { isReal: true });
    expect(after.shown).toEqual([KEPT]);
  });

  it('Without anything that may be used, a start on invalid values fails as without a directory', async () => {
    const world = new World();
    const { shown, messages } = await world.run('break open', { isReal: true });
    expect(shown).toEqual([{ error: 'VALUES_INVALID' }]);
    expect(messages).toEqual([]);
  });

  it('A volume that goes away after a start on what was kept takes no values with it', async () => {
    const base = new Base({ relay: { number: integer(0) }, seer: { number: integer(0) } });
    for (const name of ['relay', 'seer']) base.writeValues(name, { number: 1 });
    const script = (await buildVariant(...STATE_EDITS))('state.mjs');
    const { openOptions }: typeof import('sentry-options') = await import(new URL('../../dist/index.js', script).href);
    const logger = { debug() {}, info() {}, warn() {}, error() {} };
    const settings = { directory: base.directory, stateDirectory: temporaryDirectory(), pollInterval: null, logger };
    const first = openOptions(settings);
    await expect.poll(() => first.status().state?.keptAt, { timeout: 60_000 }).not.toBe(null);
    await first.close();
    base.writeValues('relay', { number: 'bad' });
    const store = openOptions(settings);
    onTestFinished(() => store.close());
    expect(store.status().fallback?.kind).toBe('lastGood');
    rmSync(dirname(base.valuesFile('seer')), { recursive: true });
    base.writeValues('relay', { number: 1 });
    await store.refresh();
    expect(store.namespace('seer').get('number')).toBe(1);
    expect(store.status()).toMatchObject({
      health: 'degraded',
      reason: expect.stringMatching(/ of seer is gone from /),
    });
  });

  it('Beside a namespace that is held back, the good files are kept with its last values, and win at a start', async () => {
    const base = new Base({ relay: { number: integer(0) }, seer: { number: integer(0) } });
    const write = (relay: unknown, seer: unknown) => {
      base.writeValues('relay', { number: relay });
      base.writeValues('seer', { number: seer });
    };
    const script = (await buildVariant(...STATE_EDITS))('state.mjs');
    const { openOptions }: typeof import('sentry-options') = await import(new URL('../../dist/index.js', script).href);
    const logger = { debug() {}, info() {}, warn() {}, error() {} };
    const settings = { directory: base.directory, stateDirectory: temporaryDirectory(), pollInterval: null, logger };
    const open = (isolation: 'all' | 'namespace') => {
      const store = openOptions({ ...settings, isolation });
      onTestFinished(() => store.close());
      const read = () => ['relay', 'seer'].map((name) => store.namespace(name).get('number'));
      return { store, read, keptAt: () => store.status().state?.keptAt };
    };

    write(1, 1);
    const first = open('namespace');
    await expect.poll(first.keptAt, { timeout: 60_000 }).not.toBe(null);
    const before = first.keptAt();
    write(2, 'bad');
    expect(() => first.store.refreshSync()).toThrow('Value error for seer');
    await expect.poll(first.keptAt, { timeout: 60_000 }).not.toBe(before);
    await first.store.close();
    write(3, 'bad');
    const { store, read } = open('namespace');
    expect(read()).toEqual([3, 1]);
    expect(store.status()).toMatchObject({ generation: 2, health: 'degraded', fallback: { kind: 'lastGood' } });
    await store.close();
    // In the meantime, these may have been kept.
    expect(open('all').read()).toEqual([expect.toBeOneOf([2, 3]), 1]);
  });

  it('A start that finds a damaged file after it took the lock releases it, and warns', async () => {
    const damage = "writeSync(openSync(path.replace(/lock$/, 'state'), 'w', 0o600), 'x');\n";
    const find = await buildVariant({ file: 'src/state/lock.ts', from: '// step:lock\n', to: damage });
    const { openOptions }: typeof import('sentry-options') = await import(
      new URL('../../dist/index.js', find('state.mjs')).href
    );
    const world = new World();
    const warnings: string[] = [];
    const logger = { debug() {}, info() {}, warn: (message: string) => warnings.push(message), error() {} };
    const { directory } = world.base;
    const store = openOptions({ directory, stateDirectory: world.state, pollInterval: null, logger });
    onTestFinished(() => store.close());
    expect(warnings).toEqual([expect.stringContaining('is damaged (its checksum differs)')]);
    expect(readdirSync(world.folder).filter((name) => name.endsWith('.lock'))).toEqual([]);
  });

  it('Nothing is written without the setting', async () => {
    const world = new World();
    const { shown } = await world.run('open', { state: '' });
    expect(shown).toEqual([]);
    expect(readdirSync(world.state)).toEqual([]);
  });
});

/** Whether this user may mount file systems, in a namespace of its own. */
const canMount = spawnSync('unshare', ['-rm', 'sh', '-c', 'mount -t tmpfs none /mnt']).status === 0;

describe('a start on the files of the kept values', () => {
  it('The values are live before the watcher has loaded any code, nothing is validated, and close() works', async () => {
    const world = new World();
    await world.run('open kept close');
    execFileSync('mkfifo', [join(world.base.directory, 'fifo')]);
    const { code, shown, messages } = await world.run('open show blocked close unblock');
    expect(shown).toEqual([{ ...OK, number: 1, generation: 1 }]);
    expect([code, messages]).toEqual([0, []]);
    expect(world.validations).toBe(1);
  });

  it('The watcher takes over without a new generation, and reloads as ever', async () => {
    const world = new World();
    await world.run('open kept close');
    const { shown, messages } = await world.run('open polls:2 show set:2 show kept break set:3 show close');
    expect(shown).toEqual([
      { ...OK, number: 1, generation: 1 },
      { ...OK, number: 2, generation: 2 },
      { ...OK, number: 3, generation: 3 },
    ]);
    expect(messages).toEqual([]);
  });

  it('A thread reads the same from kept values as from validated ones', async () => {
    const world = new World();
    const flag = {
      properties: {
        object: { type: 'object', properties: { a: { type: 'string' } }, default: { a: 'x' }, description: 'x' },
      },
    };
    world.base.writeSchema('relay', JSON.stringify({ version: '1.0', type: 'object', ...flag }));
    const patternProperties = { '^feature\\.': { $ref: '#/definitions/Feature' } };
    const properties = { number: integer(0), text: string('ü'), 'feature.listed': { $ref: '#/definitions/Feature' } };
    const schema = { version: '1.0', type: 'object', properties, patternProperties };
    world.base.writeSchema('seer', JSON.stringify(schema));
    const options = {
      number: -0,
      text: '\ufeff\u2028',
      'feature.listed': alwaysOn(),
      'feature.by-pattern': alwaysOn(),
      other: 1,
    };
    world.base.writeText('seer', JSON.stringify({ options, generated_at: '2026-01-21T18:30:00Z' }));
    const [cold, warm] = [await world.run('open dump kept close'), await world.run('open dump polls:2 dump close')];
    const [first] = cold.shown;
    expect(first).toMatchObject({ decisions: [true, true, false], health: 'ok', generation: 1, described: 1 });
    expect(first.counts).toEqual([
      ['listed', 1, 0],
      ['by-pattern', 1, 0],
    ]);
    expect(warm.shown[0]).toEqual(first);
    expect(warm.shown[1]).toEqual({
      ...first,
      counts: [
        ['listed', 2, 0],
        ['by-pattern', 2, 0],
      ],
    });
    expect(warm.messages).toEqual(cold.messages);
    expect(cold.messages).toHaveLength(1);
    expect(world.validations).toBe(1);
  });

  it('Of eight processes that start together, none validates what an earlier one has kept, and all serve the same', async () => {
    const world = new World();
    await world.run('open kept close');
    const outcomes = await Promise.all(Array.from({ length: 8 }, () => world.run('open polls:2 show close')));
    expect(outcomes.map(({ shown }) => shown)).toEqual(new Array(8).fill([{ ...OK, number: 1, generation: 1 }]));
    expect(world.validations).toBe(1);
    expect(readdirSync(world.folder)).toHaveLength(1);
  });

  it('Of eight processes that start together on an empty directory, one validates, and all serve the same', async () => {
    const world = new World();
    const outcomes = await Promise.all(Array.from({ length: 8 }, () => world.run('open kept show close')));
    expect(outcomes.map(({ shown }) => shown)).toEqual(new Array(8).fill([{ ...OK, number: 1, generation: 1 }]));
    expect(outcomes.flatMap(({ messages }) => messages)).toEqual([]);
    expect(readdirSync(world.folder)).toHaveLength(1);
    await world.run('open show close');
    expect(world.validations).toBe(1);
  });

  it('The values of a start serve later starts on the same files at once, but no start on invalid ones', async () => {
    const world = new World();
    // Killed within the trial.
    await world.run('open die', { isReal: true });
    const { shown } = await world.run('open show close break open', { isReal: true });
    expect(shown).toEqual([{ ...OK, number: 1, generation: 1 }, { error: 'VALUES_INVALID' }]);
    expect(readdirSync(world.folder).map((name) => name.replace(/.*\./, ''))).toEqual(['validated']);
  });
});

describe('a state directory with a problem', () => {
  it.each<[string, (world: World) => void, RegExp]>([
    ['a directory that is missing', () => {}, / does not exist; create it\./],
    ['a directory that is a file', ({ state }) => writeFileSync(join(state, 'x'), ''), / cannot be used \(ENOTDIR: /],
    [
      'a folder that others may write to',
      ({ state }) => {
        mkdirSync(join(state, 'x'));
        mkdirSync(join(state, 'x', `sentry-options-${process.geteuid?.()}`));
        chmodSync(join(state, 'x', `sentry-options-${process.geteuid?.()}`), 0o777);
      },
      /: other users may write to .* \(mode 0777\); remove it\./,
    ],
    [
      'a folder that is a link',
      ({ state }) => {
        mkdirSync(join(state, 'x'));
        symlinkSync(state, join(state, 'x', `sentry-options-${process.geteuid?.()}`));
      },
      / is a symbolic link; remove it\./,
    ],
  ])('The store starts and reloads with %s, at the cost of one warning', async (_, prepare, message) => {
    const world = new World();
    prepare(world);
    const { shown, messages } = await world.run('open kept show set:2 show close', { state: join(world.state, 'x') });
    expect(shown).toEqual([
      { ...OK, number: 1, generation: 1, problem: expect.any(String) },
      { ...OK, number: 2, generation: 2, problem: expect.any(String) },
    ]);
    expect(messages).toEqual([expect.stringMatching(/^warning: The last good values are not kept: /)]);
    expect(messages[0]).toMatch(message);
  });

  it.each<[string, boolean, string, RegExp]>([
    ['on a read-only file system', canMount, 'mount -t tmpfs -o ro none "$2"', /EROFS: read-only file system/],
    [
      'on a full disk',
      canMount,
      'mount -t tmpfs -o size=8k none "$2" && head -c 8192 /dev/zero > "$2/full" || true',
      /ENOSPC: no space left on device/,
    ],
    ['beyond the limit of a file', true, 'ulimit -f 1', /EFBIG: file too large/],
  ])('The store starts with a directory %s, at the cost of one warning', async (_, isPossible, prepare, message) => {
    if (!isPossible) return;
    const world = new World();
    const script = fileURLToPath((await buildVariant(...STATE_EDITS))('state.mjs'));
    const command = `${prepare}; exec "$0" ${script} "$1" "$2" open kept show close`;
    const run = canMount ? ['unshare', '-rm', 'sh'] : ['sh'];
    const [program = '', ...before] = run;
    const [stdout, stderr] = await runProgram(program, [
      ...before,
      '-c',
      command,
      process.execPath,
      world.base.directory,
      world.state,
    ]);
    expect(JSON.parse(stdout), stderr).toMatchObject({ ...OK, number: 1, problem: expect.stringMatching(message) });
    expect(listMessages(stderr)).toEqual([expect.stringMatching(/^warning: The last good values are not kept: /)]);
  });

  it('A file that is damaged costs one warning, and is replaced', async () => {
    const world = new World();
    await world.run('open kept close');
    const bytes = readFileSync(world.file);
    bytes[100] = (bytes[100] as number) ^ 1;
    writeFileSync(world.file, bytes);
    const { shown, messages } = await world.run('break open set:2 open written close break open show');
    expect(shown).toEqual([{ error: 'VALUES_INVALID' }, { ...KEPT, number: 2 }]);
    const warning = expect.stringMatching(
      /^warning: .* is damaged \(its checksum differs\); the next write replaces it\./,
    );
    // Of the two stores that find it.
    expect(messages).toEqual([
      warning,
      warning,
      expect.stringMatching(/^info: The last good values are kept again, in /),
      expect.stringMatching(/^error: Failed to load values from /),
    ]);
  });
});

/** Runs a program to its end. Returns what it printed to stdout and stderr. */
async function runProgram(program: string, args: readonly string[]): Promise<[stdout: string, stderr: string]> {
  const { stdout, stderr } = await promisify(execFile)(program, args);
  return [stdout, stderr];
}
