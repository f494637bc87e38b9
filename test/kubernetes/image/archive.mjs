/** Writes images as archives that containerd imports, without a builder: the service's, from this machine's Node, and the one
 * that holds a pod's namespaces. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const COMMANDS = ['sh', 'ls', 'cat', 'stat', 'id', 'kill', 'sleep', 'mount'];

/** Writes both archives into `target`. `folder`: the service's files, laid over the root. */
export async function writeImages(target, name, folder, busybox) {
  const scratch = mkdtempSync(join(tmpdir(), 'sentry-options-image-'));
  try {
    const base = join(scratch, 'base');
    mkdirSync(join(base, 'bin'), { recursive: true });
    cpSync(busybox, join(base, 'bin/busybox'));
    for (const command of COMMANDS) symlinkSync('busybox', join(base, 'bin', command));
    mkdirSync(join(base, 'usr/bin'), { recursive: true });
    symlinkSync('/bin/busybox', join(base, 'usr/bin/env'));
    const small = await makeLayer(base, scratch);
    await writeArchive(join(target, 'pause.tar'), 'localhost/pause:1', [small], scratch, {
      Entrypoint: ['/bin/busybox', 'tail', '-f', '/dev/null'],
    });
    const node = join(scratch, 'node');
    await copyNode(node);
    const layers = [small, await makeLayer(node, scratch), await makeLayer(folder, scratch)];
    await writeArchive(join(target, 'service.tar'), name, layers, scratch, {
      Entrypoint: ['/usr/local/bin/node', '/app/service.mjs'],
      WorkingDir: '/app',
      Env: ['PATH=/usr/local/bin:/usr/bin:/bin'],
    });
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

/** Copies the Node that runs this, and the libraries that it needs. */
async function copyNode(root) {
  mkdirSync(join(root, 'usr/local/bin'), { recursive: true });
  cpSync(process.execPath, join(root, 'usr/local/bin/node'));
  const { stdout } = await run('ldd', [process.execPath]);
  for (const [library] of stdout.matchAll(/\/[^ )]+/g)) {
    mkdirSync(join(root, dirname(library)), { recursive: true });
    cpSync(library, join(root, library), { dereference: true });
  }
  for (const name of ['tmp', 'proc', 'sys', 'dev', 'etc']) mkdirSync(join(root, name), { recursive: true });
  chmodSync(join(root, 'tmp'), 0o1777);
  writeFileSync(join(root, 'etc/passwd'), 'root:x:0:0:root:/:/bin/sh\nnode:x:1000:1000:node:/app:/bin/sh\n');
}

async function makeLayer(root, scratch) {
  const file = join(scratch, `layer-${Math.random()}.tar`);
  await run('tar', ['--sort=name', '--owner=0', '--group=0', '--mtime=@0', '-cf', file, '-C', root, '.']);
  const hash = createHash('sha256').update(readFileSync(file)).digest('hex');
  return { file, hash };
}

/** Writes the form of `docker save`. */
async function writeArchive(target, name, layers, scratch, config) {
  const folder = mkdtempSync(join(scratch, 'archive-'));
  const text = JSON.stringify({
    architecture: { x64: 'amd64' }[process.arch] ?? process.arch,
    os: 'linux',
    config,
    rootfs: { type: 'layers', diff_ids: layers.map(({ hash }) => `sha256:${hash}`) },
  });
  const id = createHash('sha256').update(text).digest('hex');
  writeFileSync(join(folder, `${id}.json`), text);
  for (const { file, hash } of layers) symlinkSync(file, join(folder, `${hash}.tar`));
  writeFileSync(
    join(folder, 'manifest.json'),
    JSON.stringify([{ Config: `${id}.json`, RepoTags: [name], Layers: layers.map(({ hash }) => `${hash}.tar`) }]),
  );
  await run('tar', ['--dereference', '-cf', target, '-C', folder, '.']);
}
