/** What a cluster of our own consists of: Debian's etcd, containerd, runc and network plugins, and Kubernetes built from its
 * modules. Each is fetched once into a cache, from where it runs: nothing is installed. */
import { execFile, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const HERE = fileURLToPath(new URL('.', import.meta.url));

/** The version in go.mod. */
export const KUBERNETES = '1.34.4';
const PROGRAMS = ['kubectl', 'kubelet', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler'];
const PACKAGES = ['etcd-server', 'containerd', 'runc', 'containernetworking-plugins', 'busybox-static'];
const TOOLS = ['go', 'apt-get', 'dpkg-deb', 'openssl', 'ip', 'unshare', 'nsenter', 'sysctl', 'tar', 'ldd'];

/** The folder of everything that is fetched or built. */
export const CACHE = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'sentry-options-kubernetes');

/** Says why this machine cannot run a cluster of its own; undefined: it can. */
export async function findObstacle() {
  if (process.platform !== 'linux') return 'it needs Linux';
  if (process.getuid() !== 0) return 'it needs root, for namespaces and mounts';
  for (const tool of TOOLS) {
    if (!(await run('sh', ['-c', `command -v ${tool}`]).catch(() => null))) return `it needs ${tool}`;
  }
  if (existsSync('/sys/fs/cgroup/kubepods') || existsSync('/sys/fs/cgroup/pids/kubepods')) {
    return 'a kubelet runs on this machine';
  }
  return undefined;
}

/** Fetches and builds what the cache lacks. `say`: is called with each step that takes long. */
export async function prepareParts(say) {
  const debian = join(CACHE, 'debian');
  if (!existsSync(debian)) await fetchPackages(debian, say);
  const binaries = join(CACHE, 'bin');
  mkdirSync(binaries, { recursive: true });
  for (const program of PROGRAMS) {
    const target = join(binaries, `${program}-${KUBERNETES}`);
    if (existsSync(target)) continue;
    const from = Date.now();
    say(`building ${program}; all five take about 10 minutes, once`);
    await build(program, target);
    say(`built ${program} in ${Math.round((Date.now() - from) / 1000)} s`);
  }
}

async function fetchPackages(target, say) {
  say(`fetching ${PACKAGES.join(', ')}`);
  const folder = `${target}.part`;
  mkdirSync(join(folder, 'archives'), { recursive: true });
  const download = () => run('apt-get', ['download', '-q', ...PACKAGES], { cwd: join(folder, 'archives') });
  await download().catch(async () => {
    await run('apt-get', ['update', '-q']);
    await download();
  });
  for (const archive of readdirSync(join(folder, 'archives'))) {
    await run('dpkg-deb', ['--extract', join(folder, 'archives', archive), folder]);
  }
  rmSync(join(folder, 'archives'), { recursive: true });
  renameSync(folder, target);
}

async function build(program, target) {
  const version = 'k8s.io/component-base/version';
  const [major, minor] = KUBERNETES.split('.');
  const linked = { gitVersion: `v${KUBERNETES}`, gitMajor: major, gitMinor: minor, buildDate: '1970-01-01T00:00:00Z' };
  const flags = Object.entries(linked).map(([name, value]) => `-X ${version}.${name}=${value}`);
  const child = spawn(
    'nice',
    ['go', 'build', '-trimpath', '-tags', 'providerless', '-ldflags', `-s -w ${flags.join(' ')}`].concat([
      '-o',
      `${target}.part`,
      `k8s.io/kubernetes/cmd/${program}`,
    ]),
    { cwd: HERE, env: { ...process.env, CGO_ENABLED: '0' }, stdio: ['ignore', 'ignore', 'inherit'] },
  );
  const code = await new Promise((resolve) => child.on('exit', resolve));
  if (code !== 0) throw new Error(`go build of ${program} ended with ${code}`);
  renameSync(`${target}.part`, target);
}

/** The path of a program of Kubernetes in the cache. */
export const binary = (program) => join(CACHE, 'bin', `${program}-${KUBERNETES}`);
export { PROGRAMS };
