/** Installs Jest, which the project itself does not use. */
import { join } from 'node:path';
import { installLocked } from './install-locked.js';

/** Installs Jest from its lock file, unless it is installed, and returns the path of its `node_modules`. */
export async function installRunners(): Promise<string> {
  return join(await installLocked('test/package/user-suites/runners', 'user-suites'), 'node_modules');
}
