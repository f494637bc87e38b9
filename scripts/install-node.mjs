/**
 * Installs other versions of Node from the npm registry, each into its own directory, which stays for the next run. For
 * `npm run test:nodes` and `npm run bench -- --node 26`.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The directory of all versions. */
export const VERSIONS = fileURLToPath(new URL('../node_modules/.cache/node-versions', import.meta.url));

/**
 * Returns the path of the binary of Node `version` (a major version), or undefined if it is not installed.
 */
export function findNode(version) {
  const binary = join(directoryOf(version), 'node_modules/node/bin/node');
  return existsSync(binary) ? binary : undefined;
}

/**
 * Returns the path of the binary of Node `version` (a major version); installs its newest release if necessary.
 *
 * @throws {Error} if npm fails
 */
export function installNode(version) {
  const found = findNode(version);
  if (found !== undefined) return found;
  console.error(`Installing Node ${version} …`);
  const directory = directoryOf(version);
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, 'package.json'), '{"private":true}\n');
  try {
    execFileSync('npm', ['install', '--no-save', '--no-package-lock', '--no-audit', '--no-fund', `node@${version}`], {
      cwd: directory,
      stdio: ['ignore', 'ignore', 'inherit'],
      shell: process.platform === 'win32',
    });
  } catch (cause) {
    throw new Error(`npm could not install Node ${version}. Its own message above says why.`, { cause });
  }
  return findNode(version);
}

function directoryOf(version) {
  return join(VERSIONS, `node-${version}`);
}
