/** The commands that ask a running process, on real processes. */
import { chmodSync, chownSync, cpSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Base, temporaryDirectory } from '../support/base.js';
import { type InspectedProcess, Machine } from '../support/inspected.js';
import { Program } from '../support/program.js';
import { CLI } from '../support/run-cli.js';
import { makeSeer } from '../support/seer.js';
import { hasScript } from '../support/terminal.js';

const PATIENCE = { timeout: 30_000 };
const FLAG = {
  owner: { team: 'seer' },
  created_at: '2026-01-01',
  segments: [
    { name: 'business', conditions: [{ property: 'plan', operator: 'in', value: ['business'] }] },
    { name: 'all', conditions: [] },
  ],
};

const seer = (): Base => makeSeer(FLAG);

/** Replaces a values file by a rename, so that no reader sees half of it. */
function replace(base: Base, options: Record<string, unknown>, namespace = 'seer'): void {
  const file = base.valuesFile(namespace);
  writeFileSync(`${file}.new`, JSON.stringify({ options }));
  renameSync(`${file}.new`, file);
}

const cells = (table: string): string[][] =>
  table
    .trimEnd()
    .split('\n')
    .map((line) => line.split(/ {2,}/));

describe('a running process', () => {
  it('ps, status and history name a namespace that is held back while the others go on, and one without its file', async () => {
    const [machine, base] = [new Machine(), seer()];
    base.writeSchema('shop', '{"version": "1.0", "type": "object", "properties": {}}');
    const { pid } = await machine.start(base, '', { INSPECTED_ISOLATION: 'namespace' });
    replace(base, { 'max-retries': 'many' });
    base.writeValues('shop', {});
    await expect
      .poll(() => machine.cli('ps'), PATIENCE)
      .toMatchObject({ stdout: expect.stringMatching(/\n\d+ +inspected\.mjs +2 +degraded, 1 held +\//) });
    const { stdout } = await machine.cli('status', '--pid', pid);
    expect(stdout).toMatch(/\nnamespace seer\n {2}held +since .*\n +max-retries "many" is not of type "integer"\n/);
    const history = await machine.cli('history', '--pid', pid);
    expect(history.stdout).toMatch(
      /rejected.*\n.*Value error for seer:\n(?:.*\n)+.*generation 2.*\n +no option changed/,
    );
    base.removeValues('shop');
    await expect
      .poll(() => machine.cli('ps'), PATIENCE)
      .toMatchObject({ stdout: expect.stringContaining(' degraded, 1 held, 1 lost ') });
    const lost = await machine.cli('status', '--pid', pid);
    expect(lost.stdout).toMatch(
      /\nnamespace shop\n(?: .*\n)* {2}values +no file since \S+ \(.* ago\), the defaults are in use\n/,
    );
  });

  it('ps, status, get, explain, history and threads answer what the process has, not what the files say', async () => {
    const [machine, base] = [new Machine(), seer()];
    const { pid, socket } = await machine.start(base);

    const [head, ...rows] = cells((await machine.cli('ps')).stdout);
    expect(head).toEqual(['PROCESS', 'PROGRAM', 'GENERATION', 'HEALTH', 'DIRECTORY']);
    expect(rows).toEqual([[pid, 'inspected.mjs', '1', 'ok', base.directory]]);

    replace(base, { 'max-retries': 'many' });
    await expect
      .poll(() => machine.cli('status', '--pid', pid), PATIENCE)
      .toMatchObject({
        code: 0,
        stdout: expect.stringMatching(/^process +\d+ on .*\nprogram .*\nversions .*\nlast good .*\nhealth +degraded\n/),
        stderr: '',
      });
    const status: { process: object; lastError: string } = await machine.json('status', '--pid', pid);
    expect(status.process).toMatchObject({ pid: Number(pid) });
    expect(status.lastError).toContain('max-retries "many" is not of type "integer"');

    const all = cells((await machine.cli('get', 'seer', '--socket', socket)).stdout);
    expect(all).toEqual([
      ['OPTION', 'VALUE', 'DEFAULT', 'FROM', 'SINCE'],
      ['max-retries', '7', '3', 'values', expect.stringMatching(/^20.*Z, generation 1$/)],
      ['host', '"localhost"', '"localhost"', 'default', expect.any(String)],
      ['feature.new-ui', expect.stringContaining('"owner"'), '-', 'values', expect.any(String)],
      ['feature.unset', '-', '-', 'not set', expect.any(String)],
    ]);
    const one: object = await machine.json('get', 'seer', 'max-retries', '--pid', pid);
    expect(one).toMatchObject({
      health: 'degraded',
      generation: 1,
      key: 'max-retries',
      value: 7,
      default: 3,
      isset: true,
    });
    expect(one).toMatchObject({ source: base.valuesFile('seer'), since: { generation: 1 } });

    const context = '{"plan": "free"}';
    const answer = await machine.cli('explain', 'seer', 'feature.new-ui', '--pid', pid, '--context', context);
    expect(answer).toMatchObject({
      code: 0,
      stdout: [
        'new-ui of seer is on: the matching segment includes everyone',
        '  business: no match: plan must be in ["business"]; got "free"',
        '  all: match, rollout 100%',
        '',
      ].join('\n'),
    });
    const unset = await machine.cli('explain', 'seer', 'unset', '--pid', pid);
    expect(unset.stdout).toBe('unset of seer is off: no values file sets it\n');

    const { stdout: rejected } = await machine.cli('history', '--pid', pid);
    expect(rejected).toMatch(/^20\S+ \(.* ago\) {2}rejected, in [\s\S]*max-retries "many" is not of type "integer"/);
    replace(base, { 'max-retries': 8, 'feature.new-ui': FLAG });
    await expect
      .poll(async () => (await machine.cli('history', '--pid', pid)).stdout, PATIENCE)
      .toMatch(/^20\S+ \(.* ago\) {2}generation 2, in .*\n {2}seer max-retries: 7 → 8\n20\S+ .* {2}rejected/);

    const [, thread] = cells((await machine.cli('threads', '--pid', pid)).stdout);
    expect(thread?.slice(0, 3)).toEqual(['0', 'main, owner', expect.stringMatching(/^[12]$/)]);
    expect(thread?.at(-1)).toBe('turns');
  });

  it('ps and get point to the status of a process that rejects its files, and doctor checks the files of a process', async () => {
    const [machine, base] = [new Machine(), seer()];
    const state = join(temporaryDirectory(), 'missing');
    const { pid, socket } = await machine.start(base, '', {
      INSPECTED_ISOLATION: 'namespace',
      SENTRY_OPTIONS_STATE_DIR: state,
    });
    const { pid: other } = await machine.start(base);
    expect(await machine.cli('get', 'seer', '--pid', pid)).toMatchObject({ code: 0, stderr: '' });
    expect((await machine.cli('ps')).stderr).toBe('');
    replace(base, { 'max-retries': 'many' });
    await expect
      .poll(async () => (await machine.cli('ps')).stderr, PATIENCE)
      .toMatch(/^ INFO sentry-options: Why (\d+) is degraded: sentry-options status --pid \1\n$/);
    await expect
      .poll(async () => (await machine.cli('get', 'seer', '--pid', other)).stderr, PATIENCE)
      .toMatch(
        /^ WARN sentry-options: process \d+ rejects its files since 20\S+Z, so these values are not those of its files\. /,
      );
    const held = await machine.cli('get', 'seer', 'max-retries', '--socket', socket);
    expect(held.stderr).toContain(`not those of its files. Why: sentry-options status --socket ${socket}\n`);

    const doctor = await machine.cli('doctor', '--pid', pid);
    expect(doctor).toMatchObject({
      code: 1,
      stdout: expect.stringContaining(`${base.directory}: that of the process\n`),
    });
    expect(doctor.stdout).toContain('this process cannot keep its values (');
    const without = await machine.cli('doctor', '--pid', other);
    expect(without.stdout).toContain('this process has no state directory, so one that starts now fails, or serves');
    const status = await machine.cli('status', '--pid', other);
    expect(status.stdout).toContain('\nlast good   not kept: no state directory is set\nhealth      degraded\n');
    expect((await machine.cli('status', '--pid', pid)).stdout).toContain('\nlast good   not kept: ');
  });

  it('get warns of no other namespace than the one that is held back', async () => {
    const [machine, base] = [new Machine(), seer()];
    base.writeSchema('shop', '{"version": "1.0", "type": "object", "properties": {}}');
    const { pid } = await machine.start(base, '', { INSPECTED_ISOLATION: 'namespace' });
    replace(base, { 'max-retries': 'many' });
    await expect
      .poll(async () => (await machine.cli('get', 'seer', '--pid', pid)).stderr, PATIENCE)
      .toContain(`Why: sentry-options status --pid ${pid}\n`);
    expect(await machine.cli('get', 'shop', '--pid', pid)).toMatchObject({ code: 0, stderr: '' });
  });

  it('explain warns of a context without its identity fields if the answer depends on them', async () => {
    const [machine, base] = [new Machine(), seer()];
    const { pid } = await machine.start(base);
    const half = { ...FLAG, segments: [{ name: 'half', rollout: 50, conditions: [] }] };
    const explain = (...args: readonly string[]) => machine.cli('explain', 'seer', 'new-ui', '--pid', pid, ...args);
    const lacking = ['--context', '{"plan": "free"}', '--identity', 'user_id,id'];
    expect(await explain(...lacking)).toMatchObject({ code: 0, stderr: '' });
    replace(base, { 'feature.new-ui': half });
    await expect
      .poll(async () => (await explain(...lacking)).stderr, PATIENCE)
      .toMatch(/^ WARN sentry-options: The context has none of the fields of --identity \(user_id, id\), so all /);
    expect(await explain('--context', '{"id": 1}', '--identity', 'user_id,id')).toMatchObject({ code: 0, stderr: '' });
    expect(await explain('--context', '{"plan": "free"}')).toMatchObject({ code: 0, stderr: '' });
  });

  it('threads names the main thread that is blocked, and how', async () => {
    const [machine, base] = [new Machine(), seer()];
    const { pid } = await machine.start(base, 'wait');
    const row = async () => cells((await machine.cli('threads', '--pid', pid)).stdout)[1];
    await expect.poll(async () => (await row())?.at(-1), PATIENCE).toMatch(/^blocked for [\d.]+ s, sleeping$/);
    replace(base, { 'max-retries': 8 });
    await expect.poll(async () => (await row())?.[4], PATIENCE).toBe('yes, 2 is live');
  });

  it('Names that the process does not have are errors that suggest a similar one', async () => {
    const machine = new Machine();
    const { pid } = await machine.start(seer());
    for (const [args, message] of [
      [['get', 'sear'], `process ${pid} has no namespace 'sear'; did you mean 'seer'?`],
      [['get', 'seer', 'max-retrys'], "namespace 'seer' has no option 'max-retrys'; did you mean 'max-retries'?"],
      [['get', 'seer', 'new-ui'], "namespace 'seer' has no option 'new-ui'; it is the flag 'feature.new-ui'"],
      [['explain', 'seer', 'new-iu'], "namespace 'seer' has no feature flag 'new-iu'; did you mean 'new-ui'?"],
      [['explain', 'seer', 'new-ui', '--context', '[1]'], '--context must be a JSON object'],
      [['watch', 'sear'], `process ${pid} has no namespace 'sear'; did you mean 'seer'?`],
    ] as const) {
      const outcome = await machine.cli(...args, '--pid', pid);
      expect(outcome).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining(message) });
    }
    expect(await machine.cli('status', '--pid', `${pid}-2`)).toMatchObject({
      code: 1,
      stderr:
        `ERROR sentry-options: store ${pid}-2 of process ${pid} cannot be asked: the process does not have it, or ` +
        `its watcher has crashed; ask ${pid}\n`,
    });
  });

  it('Over TCP, get shows types instead of values', async () => {
    const machine = new Machine();
    const { program } = await machine.start(seer(), '', { INSPECTED_LISTEN: '0' });
    const url = /http:\S+/.exec(program.stdout[0] ?? '')?.[0] ?? '';
    const rows = cells((await machine.cli('get', 'seer', '--url', url)).stdout);
    expect(rows[1]?.slice(0, 4)).toEqual(['max-retries', '(number)', '(number)', 'values']);
    const answer = await machine.cli('explain', 'seer', 'new-ui', '--url', new URL(url).host);
    expect(answer.stdout).toContain('business: no match: plan must be in what is not shown');
  });
});

describe('watch --pid', () => {
  it('watch prints each reload and each rejection, and ends with the process', async () => {
    const [machine, base] = [new Machine(), seer()];
    const inspected = await machine.start(base);
    const text = startWatch(machine, inspected, 'seer');
    const json = startWatch(machine, inspected, '--json');
    await text.until(() => text.stdout.length > 0);
    await json.until(() => json.stdout.length > 0);
    replace(base, { 'max-retries': 9, 'feature.new-ui': FLAG });
    await text.until(() => text.stdout.includes('  seer max-retries: 7 → 9'));
    replace(base, { 'max-retries': 'many' });
    await text.until(() => text.stdout.includes('  max-retries "many" is not of type "integer"'));
    replace(base, { 'max-retries': 10, 'feature.new-ui': FLAG });
    await text.until(() => text.stdout.includes('  seer max-retries: 9 → 10'));
    await json.until(() => json.stdout.length >= 4);
    inspected.program.child.kill('SIGKILL');
    await inspected.program.closed();
    expect([await text.closed(), await json.closed()]).toEqual([
      [1, null],
      [1, null],
    ]);
    expect(text.stderr).toEqual([
      `ERROR sentry-options: process ${inspected.pid} has closed the connection: it has ended, has closed its store, or its watcher has crashed`,
    ]);
    // The change of the health is no event of its own where the reloads explain it.
    expect(text.stdout.map((line) => line.replace(/^20\S+Z /, ''))).toEqual([
      `watching ${base.directory}, generation 1: seer`,
      'generation 2:',
      '  seer max-retries: 7 → 9',
      `error: Failed to reload values from ${join(base.directory, 'values')}: Value error for seer:`,
      '  max-retries "many" is not of type "integer"',
      `  in ${base.valuesFile('seer')}`,
      'generation 3:',
      '  seer max-retries: 9 → 10',
    ]);
    const change = { namespace: 'seer', key: 'max-retries', old: '7', new: '9' };
    expect(json.stdout.map((line) => JSON.parse(line))).toMatchObject([
      { event: 'watching', generation: 1, namespaces: ['seer'] },
      { event: 'reload', generation: 2, changes: [change] },
      { event: 'message', level: 'error', message: expect.stringContaining('many') },
      { event: 'reload', generation: 3, changes: [{ ...change, old: '9', new: '10' }] },
    ]);
  });

  // Only the `script` of util-linux: other systems' takes other arguments.
  it.runIf(hasScript())('watch draws the live values on a terminal', async () => {
    const [machine, base] = [new Machine(), seer()];
    const { pid } = await machine.start(base);
    const command = `stty rows 12 cols 60; exec "${process.execPath}" "${CLI}" watch --pid ${pid}`;
    const env = { PATH: process.env.PATH, TMPDIR: machine.temporary, TERM: 'xterm' };
    const watching = new Program('script', ['-qefc', command, '/dev/null'], { cwd: base.directory, env });
    const isShown = (pattern: RegExp) => () => watching.stdout.some((line) => pattern.test(line));
    await watching.until(isShown(/seer {7}max-retries {5}7 /));
    replace(base, { 'max-retries': 9 });
    await watching.until(isShown(/seer {7}max-retries {5}9 /));
  });

  function startWatch({ temporary }: Machine, { pid }: InspectedProcess, ...args: readonly string[]): Program {
    const env = { PATH: process.env.PATH, TMPDIR: temporary };
    return new Program(process.execPath, [CLI, 'watch', '--pid', pid, ...args], { cwd: temporary, env });
  }
});

describe('processes that cannot be asked', () => {
  it('ps shows no ended process and no other user, and says so in one line each', async () => {
    const [machine, base] = [new Machine(), seer()];
    const [live, killed] = [await machine.start(base), await machine.start(base)];
    killed.program.child.kill('SIGKILL');
    await killed.program.closed();
    const { code, stdout, stderr } = await machine.cli('ps');
    expect({ code, pids: cells(stdout).map(([pid]) => pid) }).toEqual({ code: 0, pids: ['PROCESS', live.pid] });
    expect(stderr).toBe(
      ' INFO sentry-options: Not shown: 1 socket left behind when processes were killed, perhaps long ago; harmless\n',
    );
    const outcome = await machine.cli('status', '--pid', killed.pid);
    expect(outcome).toMatchObject({ code: 1, stdout: '' });
    expect(outcome.stderr).toContain(`process ${killed.pid} does not answer any more: it was killed`);
  });

  it('A process that is stopped is listed without an answer', async () => {
    const machine = new Machine();
    const { program, pid } = await machine.start(seer());
    program.child.kill('SIGSTOP');
    const { processes }: { processes: object[] } = await machine.json('ps');
    program.child.kill('SIGCONT');
    expect(processes).toMatchObject([{ name: pid, status: null, error: expect.stringContaining('did not answer') }]);
  });

  it('A second store of a process has a name of its own', async () => {
    const [machine, base] = [new Machine(), seer()];
    const { pid } = await machine.start(base, 'twice');
    await expect
      .poll(async () => cells((await machine.cli('ps')).stdout).map(([name]) => name), PATIENCE)
      .toEqual(['PROCESS', pid, `${pid}-2`]);
    const status: object = await machine.json('status', '--pid', `${pid}-2`);
    expect(status).toMatchObject({ process: { pid: Number(pid) } });
  });

  it('A pid without a socket is an error that says what to do', async () => {
    const machine = new Machine();
    const cases = [
      [String(process.pid), `process ${process.pid} cannot be asked: it has no socket in ${machine.sockets}`, 1],
      ['4194305', "there is no process 4194305; 'sentry-options ps' lists those that can be asked", 1],
      ['shop', "error: '--pid <PID>' must be a process id, as 'ps' lists it; got 'shop'", 2],
    ] as const;
    for (const [pid, message, code] of cases) {
      const outcome = await machine.cli('status', '--pid', pid);
      expect(outcome).toMatchObject({ code, stdout: '', stderr: expect.stringContaining(message) });
    }
    const { stdout, stderr } = await machine.cli('ps');
    expect(stdout).toBe('');
    expect(stderr).toContain('No process of this user can be asked; start one with SENTRY_OPTIONS_INSPECT=1');
    const inspected = await machine.start(seer());
    for (const pid of [String(process.pid), '4194305']) {
      expect((await machine.cli('status', '--pid', pid)).stderr).toMatch(
        new RegExp(`'sentry-options ps' lists those that can be asked: ${inspected.pid}\n$`),
      );
    }
  });

  it.skipIf(process.getuid?.() !== 0)(
    "Another user's processes are named by ps, and only that user can ask them (skipped unless root)",
    async () => {
      const temporary = temporaryDirectory();
      chmodSync(temporary, 0o755);
      // The other user may not be able to read this repository.
      for (const name of ['cli.js', 'chunks']) {
        cpSync(join(dirname(CLI), name), join(temporary, 'dist', name), { recursive: true });
      }
      const other = join(temporary, 'sentry-options-12345');
      mkdirSync(other, { mode: 0o700 });
      chownSync(other, 12_345, 12_345);
      // A directory that somebody made for somebody else.
      mkdirSync(join(temporary, 'sentry-options-777'));
      const env = { PATH: process.env.PATH, TMPDIR: temporary };
      const code = `
        process.setuid(65534);
        process.argv.splice(1, 1, 'sentry-options');
        await import(${JSON.stringify(join(temporary, 'dist/cli.js'))});
      `;
      const run = (...words: readonly string[]) =>
        new Program(process.execPath, ['--input-type=module', '--eval', code, 'replaced', ...words], {
          cwd: temporary,
          env,
        });
      const list = run('ps');
      expect(await list.closed()).toEqual([0, null]);
      expect(list.stderr).toContain(
        ' INFO sentry-options: Not shown: processes of user 12345; only that user can open their sockets',
      );
      // It runs, though this user cannot send it a signal.
      const ask = run('status', '--pid', String(process.pid));
      expect(await ask.closed()).toEqual([1, null]);
      expect(ask.stderr).toEqual([
        expect.stringContaining(`process ${process.pid} cannot be asked: it has no socket in`),
      ]);
    },
  );
});

describe('the options that name a process', () => {
  it('Exactly one process can be named, and no directory with it', async () => {
    const machine = new Machine();
    for (const [args, message] of [
      [['status', '--pid', '1', '--url', 'localhost:1'], "'--pid <PID>' cannot be used with '--url <URL>'"],
      [['get', 'seer', '--socket', 's', '--dir', '.'], "'--socket <SOCKET>' cannot be used with '--dir <DIR>'"],
      [['watch', '--pid', '1', '--interval', '50'], "'--pid <PID>' cannot be used with '--interval <INTERVAL>'"],
      [['threads'], "one of '--pid <PID>', '--socket <SOCKET>' and '--url <URL>' is required"],
      [['history', '--url', 'ftp://host'], "'--url <URL>' must be http://HOST:PORT or https://HOST"],
    ] as const) {
      expect(await machine.cli(...args)).toMatchObject({ code: 2, stderr: expect.stringContaining(message) });
    }
  });
});
