/**
 * Builds `dist/`. npm runs this after `npm ci` here, before it packs, and when somebody installs this repository from
 * git, as pre-commit does; never when somebody installs the package from the registry.
 */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const npm = (...args) => execFileSync('npm', args, { cwd: root, stdio: 'inherit' });

/** Whether the packages that build are installed. */
function canBuild() {
  try {
    import.meta.resolve('esbuild');
    return true;
  } catch {
    return false;
  }
}

// `npm install --global` of a git repository makes npm prepare the clone with the same setting: it does not install the
// clone's own dependencies. The command line's flags precede that setting. The scripts would run this one again.
if (!canBuild() && process.env.npm_config_global === 'true') {
  const here = ['--global=false', '--location=project', '--include=dev'];
  npm('ci', ...here, '--ignore-scripts', '--no-audit', '--no-fund');
}
if (canBuild()) npm('run', 'build', '--silent');
else console.error('dist/ is not built, because the development dependencies are not installed (--omit=dev).');
