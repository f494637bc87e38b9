/** `rollout-status` over real processes, and over pods of a kubectl that runs commands on this machine. */
import { chmodSync, copyFileSync, mkdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { Base, integer, temporaryDirectory, valuesText } from '../support/base.js';
import { runCliInServer } from '../support/cli-server.js';
import { type InspectedProcess, Machine } from '../support/inspected.js';
import { Program } from '../support/program.js';
import { CLI, runCli } from '../support/run-cli.js';
import { hasScript } from '../support/terminal.js';

const KUBECTL = fileURLToPath(new URL('../fixtures/kubectl.mjs', import.meta.url));
const OLD = valuesText({ 'page-size': 20 });
const NEW = valuesText({ 'page-size': 40 });

function shop(text: string): Base {
  const base = new Base({ shop: { 'page-size': integer(10) } });
  base.writeText('shop', text);
  return base;
}

/** Writes a file with the values that processes should have. */
function write(text: string, name = 'values.json'): string {
  const file = join(temporaryDirectory(), name);
  writeFileSync(file, text);
  return file;
}

/** Replaces the values file by a rename, so that no reader sees half of it. */
function replace(base: Base, text: string): void {
  const file = base.valuesFile('shop');
  writeFileSync(`${file}.new`, text);
  renameSync(`${file}.new`, file);
}

interface Report {
  readonly targets: readonly { readonly target: string; readonly state: string; readonly reason: string | null }[];
}

const byPid = (processes: readonly InspectedProcess[]) => processes.flatMap(({ pid }) => ['--pid', pid]);

describe('rollout-status over processes', () => {
  it('Of 20 processes, it names the one with an old file and the one that crashed, and fails', async () => {
    const [machine, base, stale] = [new Machine(), shop(OLD), shop(OLD)];
    const started: InspectedProcess[] = [];
    // A few at a time: each start takes most of a processor.
    for (let batch = 0; batch < 5; batch++) {
      const starts = Array.from({ length: 4 }, (_, index) => machine.start(batch + index === 0 ? stale : base));
      started.push(...(await Promise.all(starts)));
    }
    const [stuck, crashed] = started as [InspectedProcess, InspectedProcess];
    crashed.program.child.kill('SIGKILL');
    await crashed.program.closed();
    replace(base, NEW);
    const args = ['rollout-status', 'shop', '--file', write(NEW), ...byPid(started)];
    const { code, stdout, stderr } = await machine.cli(...args, '--timeout', '2', '--json');
    const { targets } = JSON.parse(stdout) as Report;
    expect(code).toBe(1);
    expect(targets.map(({ target }) => target)).toEqual(started.map(({ pid }) => pid));
    expect(targets.filter(({ state }) => state !== 'live')).toMatchObject([
      { target: stuck.pid, state: 'differs', reason: expect.stringContaining(`polled ${stale.directory} last at 20`) },
      {
        target: crashed.pid,
        state: 'ended',
        reason: expect.stringContaining('does not answer any more: it was killed'),
      },
    ]);
    expect(stderr).toMatch(new RegExp(`2 of 20 do not have the values of .*: ${stuck.pid}, ${crashed.pid}\n$`));

    replace(stale, NEW);
    const rest = started.filter((one) => one !== crashed);
    const all = await machine.cli('rollout-status', 'shop', '--file', write(NEW), ...byPid(rest));
    expect(all.code).toBe(0);
    expect(all.stderr).toMatch(/^ INFO sentry-options: 19 of 19 have the values of .*\n$/);
    expect(all.stdout.match(/^\d+ +live +2 +20\S+Z$/gm)).toHaveLength(19);
  });

  // Only the `script` of util-linux: other systems' takes other arguments.
  it.runIf(hasScript())('It waits until all have the values at once, with a progress bar on a terminal', async () => {
    const [machine, first, second] = [new Machine(), shop(NEW), shop(OLD)];
    const [one, other] = await Promise.all([machine.start(first), machine.start(second)]);
    const args = `rollout-status shop --file ${write(NEW)} --pid ${one.pid} --pid ${other.pid}`;
    const command = `stty cols 100; exec "${process.execPath}" "${CLI}" ${args}`;
    const env = { PATH: process.env.PATH, TMPDIR: machine.temporary, TERM: 'xterm' };
    const waiting = new Program('script', ['-qefc', command, '/dev/null'], { cwd: first.directory, env });
    let screen = '';
    waiting.child.stdout?.on('data', (chunk: Buffer) => {
      screen += chunk;
    });
    const patience = { timeout: 30_000 };
    await expect.poll(() => screen, patience).toContain(`[##########..........] 1 of 2; waiting for ${other.pid}; `);
    // It had the values, and loses them before the other one gets them.
    replace(first, OLD);
    const generation = async () =>
      ((await machine.json('status', '--pid', one.pid)) as { generation: number }).generation;
    await expect.poll(generation, patience).toBe(2);
    replace(second, NEW);
    await expect.poll(() => screen, patience).toContain(`1 of 2; waiting for ${one.pid}; `);
    replace(first, NEW);
    expect(await waiting.closed()).toEqual([0, null]);
  });

  it('It does not wait for a process that has ended, and counts a process once', async () => {
    const { code, stdout, stderr } = await new Machine().cli(
      ...['rollout-status', 'shop', '--file', write(NEW), '--timeout', '3600', '--pid', '4194305', '--pid', '4194305'],
    );
    expect(code).toBe(1);
    expect(stdout).toMatch(/^4194305 +ended +- +- +there is no process 4194305/m);
    expect(stderr).toMatch(/ 1 of 1 do not have the values of .*: 4194305\n$/);
    // It runs, and may be asked some day.
    const silent = ['rollout-status', 'shop', '--file', write(NEW), '--timeout', '0', '--pid', String(process.pid)];
    expect((await new Machine().cli(...silent)).stdout).toMatch(/^\d+ +no answer +- +- +process \d+ cannot be asked/m);
  });

  it('It says why a process does not have the values', async () => {
    const machine = new Machine();
    const [rejects, missing] = [shop(OLD), shop(OLD)];
    missing.removeValues('shop');
    const other = new Base({ cart: { 'page-size': integer(10) } });
    const processes = await Promise.all([rejects, missing, other].map((base) => machine.start(base)));
    replace(rejects, valuesText({ 'page-size': 'many' }));
    const ask = () =>
      machine.cli('rollout-status', 'shop', '--file', write(NEW), '--timeout', '0', ...byPid(processes));
    await expect.poll(async () => (await ask()).stdout, { timeout: 30_000 }).toContain('it rejects its files since 20');
    const { stdout } = await ask();
    expect(stdout).toMatch(
      / differs +1 +20\S+Z +it rejects its files since .*page-size "many" is not of type "integer"/,
    );
    expect(stdout).toContain(`there is no values file in ${missing.directory}; the defaults are in use`);
    expect(stdout).toContain("its schemas do not declare 'shop'");
  });

  it('Values come from a values.json, or from the manifest of a ConfigMap', async () => {
    const [machine, base] = [new Machine(), shop(NEW)];
    const { pid } = await machine.start(base);
    const map = (name: string, text: string) => ({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name },
      data: { 'values.json': text },
    });
    const list = { kind: 'List', items: [map('sentry-options-cart', OLD), map('sentry-options-shop', NEW)] };
    const check = (file: string) =>
      machine.cli('rollout-status', 'shop', '--file', file, '--pid', pid, '--timeout', '0');
    expect((await check(write(JSON.stringify(map('sentry-options-shop-eu', NEW)), 'map.json'))).code).toBe(0);
    expect((await check(write(JSON.stringify(list), 'list.yaml'))).code).toBe(0);
    const bad = [
      [write('{', 'values.json'), 'Failed to parse JSON'],
      [write('[1]', 'values.json'), "must have an 'options' key with an object"],
      [write('options: { page-size: 40 }', 'values.yaml'), 'got other YAML'],
      [write('kind: Pod', 'pod.yaml'), 'must be a ConfigMap, a List of them, or values; got kind Pod'],
      [write('kind: "P\\nERROR"', 'forged.yaml'), 'got kind P\\u000aERROR'],
      // The input of `write`, whose hash no process has.
      [
        write('options: {page-size: 40}', 'values.yaml'),
        'must be a values.json or the manifest of a ConfigMap; got other',
      ],
      [join(machine.temporary, 'none.json'), 'none.json cannot be read (ENOENT'],
    ] as const;
    for (const [file, message] of bad) {
      expect(await check(file)).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining(message) });
    }
  });

  it('A wrong command line is an error', async () => {
    for (const [args, message] of [
      [['--file', 'f'], "one of '--pid <PID>', '--url <URL>' and '--selector <SELECTOR>' is required"],
      [['--file', 'f', '--pid', '1', '--url', 'h:1'], 'can be used at a time'],
      [['--pid', '1'], "one of '--file <FILE>' and '--configmap <CONFIGMAP>' is required"],
      [
        ['--pid', '1', '--file', 'f', '--timeout', 'x'],
        "'--timeout <TIMEOUT>' must be from 0 to 86400 seconds, without a unit; got 'x'",
      ],
      [['--selector', 'a', '--file', 'f', '--port', '0'], "'--port <PORT>' must be from 1 to 65535; got '0'"],
      [['--pid', '1', '--file', 'f', '--port', '1'], "'--port <PORT>' can only be used with '--selector <SELECTOR>'"],
      [
        ['--pid', '1', '--file', 'f', '--container', 'c'],
        "'--container <CONTAINER>' can only be used with '--selector",
      ],
      [['--pid', '1', '--file', 'f', '-n', '--json'], "a value is required for '-n, --cluster-namespace"],
      [['-n', 'a', '-n', 'b'], 'cannot be used multiple times'],
    ] as const) {
      const outcome = await runCliInServer(['rollout-status', 'shop', ...args], { cwd: temporaryDirectory() });
      expect(outcome).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining(message) });
    }
  });
});

describe('rollout-status over pods', () => {
  const pod = (name: string, status: object = { phase: 'Running' }, metadata: object = {}) => ({
    metadata: { name, ...metadata },
    status,
  });
  const waiting = {
    phase: 'Running',
    containerStatuses: [{ name: 'app', restartCount: 5, state: { waiting: { reason: 'CrashLoopBackOff' } } }],
  };

  /** Makes a kubectl and a cluster, and returns a function that runs `rollout-status` there. */
  function makeCluster(cluster: object): (...args: readonly string[]) => ReturnType<typeof runCli> {
    const directory = temporaryDirectory();
    mkdirSync(join(directory, 'bin'));
    copyFileSync(KUBECTL, join(directory, 'bin/kubectl'));
    chmodSync(join(directory, 'bin/kubectl'), 0o755);
    symlinkSync(CLI, join(directory, 'bin/sentry-options'));
    writeFileSync(
      join(directory, 'cluster.json'),
      JSON.stringify({ namespace: 'prod', selector: 'app=shop', ...cluster }),
    );
    const env = {
      PATH: `${join(directory, 'bin')}:${dirname(process.execPath)}:${process.env.PATH}`,
      FAKE_CLUSTER: join(directory, 'cluster.json'),
    };
    return (...args) => runCli(['rollout-status', 'shop', '-n', 'prod', '--timeout', '0', ...args], { env });
  }

  it('It runs a command in each pod, and names the pods that lag, crash or cannot be asked', async () => {
    const [good, stale, empty] = [new Machine(), new Machine(), new Machine()];
    const [first, second] = await Promise.all([good.start(shop(NEW)), good.start(shop(NEW)), stale.start(shop(OLD))]);
    const run = makeCluster({
      configMaps: {
        'sentry-options-shop': { kind: 'ConfigMap', metadata: { name: 'x' }, data: { 'values.json': NEW } },
      },
      pods: [
        pod('shop-1'),
        pod('shop-2'),
        pod('shop-3'),
        pod('shop-4', waiting),
        pod('shop-5', { phase: 'Pending' }),
        pod('shop-6'),
        pod('ending', { phase: 'Running' }, { deletionTimestamp: '2026-01-21T18:30:00Z' }),
        pod('done', { phase: 'Succeeded' }),
        pod('evicted', { phase: 'Failed' }),
      ],
      places: {
        'shop-1': { temporary: good.temporary },
        'shop-2': { temporary: stale.temporary },
        'shop-3': { temporary: empty.temporary },
      },
    });
    const exec = ['--exec', 'sentry-options', '--selector', 'app=shop'];
    const { code, stdout } = await run('--configmap', 'sentry-options-shop', ...exec, '--json');
    expect(code).toBe(1);
    const { targets } = JSON.parse(stdout) as Report;
    expect(targets.map(({ target, state, reason }) => [target, state, reason])).toEqual([
      [`shop-1/${first.pid}`, 'live', null],
      [`shop-1/${second.pid}`, 'live', null],
      ['shop-2', 'differs', expect.stringContaining('it has other values')],
      ['shop-3', 'no answer', 'no process of the pod can be asked: start it with SENTRY_OPTIONS_INSPECT=1'],
      ['shop-4', 'no answer', 'container app is waiting after 5 restarts: CrashLoopBackOff'],
      ['shop-5', 'no answer', 'the pod is Pending'],
      [
        'shop-6',
        'no answer',
        'kubectl exec pod/shop-6: error: unable to upgrade connection: container not found ("app")',
      ],
    ]);
  });

  it('What a pod prints forges no message', async () => {
    const forged = '1\nERROR sentry-options: \u001b[2J';
    const processes = [forged, '2'].map((name) => ({ name, status: null, error: forged }));
    const script = write(`console.log(${JSON.stringify(JSON.stringify({ processes }))})`, 'ps.mjs');
    const broken = write(`console.log('{"processes":[{"name":${JSON.stringify(forged)}')`, 'broken.mjs');
    const run = makeCluster({ pods: [pod('shop-1')], places: { 'shop-1': {} } });
    for (const program of [script, broken]) {
      const { code, stdout, stderr } = await run(
        '--file',
        write(NEW),
        '--selector',
        'app=shop',
        '--exec',
        `node ${program}`,
      );
      expect({ code, lines: stderr.split('\n').length }).toEqual({ code: 1, lines: 2 });
      expect(stdout).toContain('no answer');
      expect(/[^\n\P{Cc}]/u.exec(stdout + stderr)).toBeNull();
    }
  });

  it('With --container, only that container counts', async () => {
    const run = makeCluster({ pods: [pod('shop-1', waiting)], places: {} });
    const args = ['--file', write(NEW), '--selector', 'app=shop', '--container'];
    expect((await run(...args, 'app')).stdout).toContain('container app is waiting after 5 restarts: CrashLoopBackOff');
    expect((await run(...args, 'other')).stdout).toContain('kubectl exec pod/shop-1: error: unable to upgrade');
  });

  it('It forwards a port of each pod', async () => {
    const machine = new Machine();
    const { program } = await machine.start(shop(NEW), '', { INSPECTED_LISTEN: '0' });
    const port = Number(/:(\d+)\/$/.exec(program.stdout[0] ?? '')?.[1]);
    const run = makeCluster({ pods: [pod('shop-1'), pod('shop-2')], places: { 'shop-1': { port } } });
    const args = ['--file', write(NEW), '--selector', 'app=shop', '--port', '9300'];
    const { code, stdout } = await run(...args);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^shop-1 +live /m);
    expect(stdout).toMatch(/^shop-2 +no answer .* kubectl port-forward pod\/shop-2: error: pod not found$/m);
  });

  it('No pod, no ConfigMap and no kubectl are errors', async () => {
    const run = makeCluster({ pods: [] });
    const values = ['--file', write(NEW)];
    const none = await run(...values, '--selector', 'app=shop');
    expect(none).toMatchObject({ code: 1, stdout: '' });
    expect(none.stderr).toContain('no pod of namespace prod has the labels app=shop');
    const map = await run('--configmap', 'none', '--pid', '1');
    expect(map.stderr).toContain('kubectl get configmap: Error from server (NotFound): configmaps "none" not found');
    const args = ['rollout-status', 'shop', ...values, '--selector', 'app=shop'];
    const missing = await runCli(args, { env: { PATH: temporaryDirectory() } });
    expect(missing.stderr).toContain('kubectl is not on PATH; install it');
  });
});
