/** Makes the folder that the image of the service adds to Node: the package as it is packed, the service and its schema. */
import { execFile } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const HERE = fileURLToPath(new URL('.', import.meta.url));
const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

/** Returns the path of the folder, which the caller removes. */
export async function makeFolder() {
  const folder = mkdtempSync(join(tmpdir(), 'sentry-options-service-'));
  chmodSync(folder, 0o755);
  const app = join(folder, 'app');
  const modules = join(app, 'node_modules');
  mkdirSync(modules, { recursive: true });
  const packed = await run('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', modules], { cwd: ROOT });
  const archive = join(modules, JSON.parse(packed.stdout)[0].filename);
  await run('tar', ['-xf', archive, '-C', modules]);
  rmSync(archive);
  renameSync(join(modules, 'package'), join(modules, 'sentry-options'));
  const command = join(modules, 'sentry-options/dist/cli.js');
  chmodSync(command, 0o755);
  mkdirSync(join(folder, 'usr/local/bin'), { recursive: true });
  symlinkSync('/app/node_modules/sentry-options/dist/cli.js', join(folder, 'usr/local/bin/sentry-options'));
  writeFileSync(join(app, 'package.json'), '{"name":"seer","version":"1.0.0","type":"module"}\n');
  for (const name of ['service.mjs', 'worker.mjs', 'shop.schema.json']) cpSync(join(HERE, name), join(app, name));
  cpSync(join(HERE, 'schemas'), join(folder, 'etc/sentry-options/schemas'), { recursive: true });
  return folder;
}
