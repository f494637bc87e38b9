/** Tests that a process can be asked while its threads are blocked, and what is left of its socket when it ends. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { ask, explain } from '../support/ask.js';
import { Base, integer, temporaryDirectory } from '../support/base.js';
import { Program } from '../support/program.js';

const PATIENCE = { timeout: 30_000 };
const SCRIPT = fileURLToPath(new URL('../fixtures/inspected.mjs', import.meta.url));
const USER = process.getuid?.() ?? 0;
const IS_ROOT = USER === 0;
const NOBODY = 65534;

function makeBase(): Base {
  const base = new Base({ shop: { 'page-size': integer(20), 'feature.new': { $ref: '#/definitions/Feature' } } });
  const segments = [{ name: 'all', conditions: [] }];
  base.writeValues('shop', { 'feature.new': { owner: { team: 't' }, created_at: '2026-01-01', segments } });
  return base;
}

/** Starts a process that can be asked, with its own directory for sockets. */
function start(
  what: string,
  temporary = temporaryDirectory(),
  base = makeBase(),
): { program: Program; base: Base; temporary: string } {
  const env = { PATH: process.env.PATH, TMPDIR: temporary };
  const program = new Program(process.execPath, [SCRIPT, base.directory, what], { cwd: base.directory, env });
  return { program, base, temporary };
}

/** Waits for the socket, and returns its path. */
async function findSocket({ program, temporary }: { program: Program; temporary: string }): Promise<string> {
  await program.until(() => program.stdout.some((line) => line.startsWith('This process can be asked')));
  return join(temporary, `sentry-options-${USER}`, `${program.child.pid}.sock`);
}

describe('a process whose main thread is blocked', () => {
  it.each([
    ['in a loop', 'loop', 'running'],
    ['in a wait', 'wait', 'sleeping'],
    ['at a breakpoint of a debugger', 'breakpoint', 'sleeping'],
  ])('Everything is answered while the main thread is %s, which /threads says', async (_where, what, activity) => {
    const started = start(what);
    const socket = await findSocket(started);
    const main = async () => {
      const { threads } = (await ask(socket, '/threads')).json();
      return threads.find(({ isMain }: { isMain: boolean }) => isMain);
    };
    await expect.poll(async () => (await main()).responds, PATIENCE).toBe(false);
    const first = await main();
    expect(first).toMatchObject({ isOwner: true, activity: what === 'loop' ? expect.any(String) : activity });
    started.base.writeValues('shop', { 'page-size': 40 });
    await expect.poll(async () => (await ask(socket, '/status')).json().status.generation, PATIENCE).toBe(2);
    expect((await ask(socket, '/values')).json().namespaces[0].options[0].value).toBe(40);
    expect((await explain(socket, { namespace: 'shop', flag: 'new' })).json()).toMatchObject({ reason: 'NOT_SET' });
    expect((await ask(socket, '/history')).json().reloads).toHaveLength(1);
    // It still has the former values.
    const last = await main();
    expect(last).toMatchObject({ responds: false, generation: 1, isBehind: true });
    expect(last.silentMs).toBeGreaterThan(first.silentMs);
  });
});

describe('the socket of a process', () => {
  it.each(['exit', 'close', 'end'])('Nothing is left behind after %s', async (what) => {
    const started = start(what);
    const socket = await findSocket(started);
    expect(await started.program.closed()).toEqual([0, null]);
    expect(existsSync(socket)).toBe(false);
  });

  it('A process that is killed leaves its socket, and the next one with its pid takes it over', async () => {
    const killed = start('');
    const socket = await findSocket(killed);
    killed.program.child.kill('SIGKILL');
    await killed.program.closed();
    expect(existsSync(socket)).toBe(true);
    // The same path by another way: nobody can choose a pid.
    const base = makeBase();
    const code = `
      const { init } = await import('sentry-options');
      const log = (message) => console.log(message);
      init({ inspect: ${JSON.stringify(socket)}, logger: { debug() {}, info: log, warn: log, error: log } });
      setInterval(() => {}, 1_000);
    `;
    const env = { PATH: process.env.PATH, SENTRY_OPTIONS_DIR: base.directory };
    const cwd = fileURLToPath(new URL('../..', import.meta.url));
    const next = new Program(process.execPath, ['--input-type=module', '--eval', code], { cwd, env });
    await next.until(() => next.stdout.includes(`This process can be asked what is live: ${socket}`));
    expect((await ask(socket, '/status')).json().process.pid).toBe(next.child.pid);
  });

  it.each([
    ['cannot be written to', (directory: string) => join(directory, 'none'), 'it cannot create'],
    [
      'is not of this user alone',
      (directory: string) => {
        mkdirSync(join(directory, `sentry-options-${USER}`));
        chmodSync(join(directory, `sentry-options-${USER}`), 0o755);
        return directory;
      },
      'is not a directory that only this user can enter',
    ],
    [
      'is a link to another one',
      (directory: string) => {
        mkdirSync(join(directory, 'other'), { mode: 0o700 });
        symlinkSync('other', join(directory, `sentry-options-${USER}`));
        return directory;
      },
      'is not a directory that only this user can enter',
    ],
  ])('A store starts without a server, with one warning, if the directory %s', async (what, make, message) => {
    const directory = make(temporaryDirectory());
    // Root may write anywhere but to /proc.
    const { program } = start('exit', what === 'cannot be written to' ? '/proc/none' : directory);
    expect(await program.closed()).toEqual([0, null]);
    expect(program.stdout).toEqual([expect.stringMatching(/^This process cannot be asked what is live: /)]);
    expect(program.stdout[0]).toContain(message);
  });

  it.runIf(IS_ROOT)('Another user cannot connect, by the mode of the directory', async () => {
    const temporary = temporaryDirectory();
    chmodSync(temporary, 0o755);
    const socket = await findSocket(start('', temporary));
    const connecting = `require('node:net').connect(${JSON.stringify(socket)}).on('error', ({ code }) => console.log(code))`;
    const child = spawn(process.execPath, ['--eval', connecting], { uid: NOBODY, cwd: '/', env: {}, stdio: 'pipe' });
    const [answer] = (await once(child.stdout, 'data')) as [Buffer];
    expect(answer.toString()).toBe('EACCES\n');
  });

  it('Without the setting, a process has no socket, no directory and no further thread', async () => {
    const temporary = temporaryDirectory();
    const code = `
      const { init } = await import('sentry-options');
      const { readdirSync } = await import('node:fs');
      const listeners = process.listenerCount('exit');
      const { handle } = init();
      console.log(JSON.stringify({ added: process.listenerCount('exit') - listeners, threads: handle.threads }));
    `;
    const env = { PATH: process.env.PATH, TMPDIR: temporary, SENTRY_OPTIONS_DIR: makeBase().directory };
    const cwd = fileURLToPath(new URL('../..', import.meta.url));
    const stdout = execFileSync(process.execPath, ['--input-type=module', '--eval', code], {
      cwd,
      env,
      encoding: 'utf8',
    });
    expect(JSON.parse(stdout)).toEqual({ added: 0, threads: null });
    expect(readdirSync(temporary)).toEqual([]);
  });
});
