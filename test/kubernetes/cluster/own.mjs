/** A Kubernetes of one node in namespaces of its own: starts it, and ends it with everything in it. */
import { execFile, spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { writeImages } from '../image/archive.mjs';
import { binary, CACHE, findObstacle, PROGRAMS, prepareParts } from './parts.mjs';

const run = promisify(execFile);
const HERE = fileURLToPath(new URL('.', import.meta.url));
const RUN = join(CACHE, 'run');
const START_SECONDS = 180;

/**
 * Starts a cluster with `image` in it. Returns the folder of its kubectl, its kubeconfig, and `stop()`. If this process
 * ends without it, even by SIGKILL, the cluster ends too. `folder`: the files of the image.
 */
export async function startCluster(image, folder, say) {
  takeRun();
  const obstacle = await findObstacle();
  if (obstacle !== undefined) {
    throw new Error(`This machine cannot run a cluster: ${obstacle}. Name another cluster with KUBECONFIG.`);
  }
  await prepareParts(say);
  await layOut();
  say('the image of the service');
  await writeImages(join(RUN, 'images'), image, folder, join(CACHE, 'debian/bin/busybox'));
  const supervisor = spawn('sh', [join(HERE, 'supervise.sh'), RUN, CACHE], {
    detached: true,
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, KEEP_LOGS: process.env.KEEP_LOGS ?? '' },
  });
  writeFileSync(join(RUN, 'pid'), String(supervisor.pid));
  const ended = new Promise((resolve) => supervisor.on('exit', resolve));
  const stop = async () => {
    supervisor.stdin.end();
    await ended;
  };
  try {
    await awaitReady(supervisor, say);
    return { programs: await writeKubectl(supervisor.pid), kubeconfig: join(RUN, 'pki/admin.conf'), stop };
  } catch (error) {
    for (const program of ['etcd', 'containerd', ...PROGRAMS]) {
      const log = join(RUN, `log/${program}.log`);
      if (existsSync(log)) console.error(`${program}: ${readFileSync(log, 'utf8').split('\n').slice(-8).join('\n  ')}`);
    }
    await stop();
    throw error;
  }
}

/** Removes what a killed run has left. One run at a time: the addresses and the control groups are fixed. */
function takeRun() {
  const file = join(RUN, 'pid');
  if (existsSync(file) && existsSync(`/proc/${readFileSync(file, 'utf8')}`)) {
    throw new Error('Another run of this command has the cluster. Wait until it has ended.');
  }
  rmSync(RUN, { recursive: true, force: true });
}

async function layOut() {
  for (const name of ['log', 'pki', 'cni', 'images', 'programs']) mkdirSync(join(RUN, name), { recursive: true });
  for (const name of ['containerd.toml', 'kubelet.yaml']) cpSync(join(HERE, name), join(RUN, name));
  cpSync(join(HERE, 'network.conflist'), join(RUN, 'cni/network.conflist'));
  writeFileSync(join(RUN, 'resolv.conf'), '');
  for (const program of PROGRAMS) {
    const link = join(CACHE, 'bin', program);
    rmSync(link, { force: true });
    symlinkSync(binary(program).slice(join(CACHE, 'bin').length + 1), link);
  }
  await run('sh', [join(HERE, 'certificates.sh')], { cwd: join(RUN, 'pki') });
}

/** Waits until PID 1 of the namespaces prints `ready`. */
async function awaitReady(supervisor, say) {
  const lines = createInterface({ input: supervisor.stdout });
  let step = 'unshare';
  const timer = setTimeout(() => lines.close(), START_SECONDS * 1000);
  for await (const line of lines) {
    step = line;
    if (line === 'ready') break;
    say(line);
  }
  clearTimeout(timer);
  supervisor.stdout.resume();
  if (step !== 'ready') throw new Error(`The cluster did not start: its last step is ${step}`);
}

/** Writes a `kubectl` that enters the network of the cluster. Returns its folder. */
async function writeKubectl(supervisor) {
  const children = async (pid) => readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ');
  const [unshare] = await children(supervisor);
  const [node] = await children(unshare);
  const file = join(RUN, 'programs/kubectl');
  writeFileSync(file, `#!/bin/sh\nexec nsenter --target ${node} --net -- ${binary('kubectl')} "$@"\n`, { mode: 0o755 });
  return join(RUN, 'programs');
}
