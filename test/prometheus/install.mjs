/**
 * Finds Prometheus and its `promtool`, or unpacks Debian's package of both below node_modules. Does not install the package,
 * which would start a service.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const CACHE = fileURLToPath(new URL('../../node_modules/.cache/prometheus', import.meta.url));
/** Both are in one package. */
const PROGRAMS = ['prometheus', 'promtool'];

/** Returns how to run `prometheus` or `promtool`, from PATH or as {@link installPrometheus} unpacked it; undefined without it. */
export function findProgram(name) {
  return [name, join(CACHE, 'usr/bin', name)].find((program) => spawnSync(program, ['--version']).status === 0);
}

/**
 * Unpacks the package, unless both programs are there.
 *
 * @throws {Error} if this machine has no apt-get, or apt-get does not know the package
 */
export function installPrometheus() {
  if (PROGRAMS.every(findProgram)) return;
  console.error("Downloading Debian's package prometheus …");
  const folder = `${CACHE}.${process.pid}`;
  mkdirSync(folder, { recursive: true });
  try {
    // As root, apt-get would download as another user, who may not write here.
    const args = ['download', '-o', 'APT::Sandbox::User=root', 'prometheus'];
    execFileSync('apt-get', args, { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] });
    execFileSync('dpkg-deb', ['--extract', ...readdirSync(folder), 'files'], { cwd: folder, stdio: 'inherit' });
    rmSync(CACHE, { recursive: true, force: true });
    renameSync(join(folder, 'files'), CACHE);
  } catch (cause) {
    throw new Error(
      'PATH must have prometheus and promtool, or apt-get must be able to download the package prometheus. On Debian and ' +
        'Ubuntu, run `apt-get update` as root; elsewhere, install Prometheus.',
      { cause },
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  if (!PROGRAMS.every(findProgram)) throw new Error(`The programs in ${CACHE}/usr/bin do not run. Install Prometheus.`);
}
