/**
 * Runs one environment: installs the packed library into a new directory, builds and starts the program, writes the
 * next value whenever both threads have read the previous one, and checks the output. For run.mjs and
 * environments.test.ts.
 */
import { exec, execFile, spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const here = fileURLToPath(new URL('.', import.meta.url));
const run = promisify(execFile);
const runInShell = promisify(exec);
const INSTALL = ['install', '--no-save', '--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund'];

/** Generous, as the processors may be shared, but shorter than the test's timeout, so that a hang is reported. */
const BUILD_TIMEOUT = 600_000;
const RUN_TIMEOUT = 50_000;

const NUMBERS = [1, 2, 3];
const EXPECTED = [...NUMBERS.map((number) => `both threads read ${number}`), 'closed'];
/** Node's own warnings, which the flags of an environment cause. */
const WARNING =
  /^(\(node:\d+\) (\[\w+\] )?(Experimental|Security)Warning: |\(Use `node --trace-warnings|Warning: disabling flag )/;

/** Packs the library into `folder` with npm and returns the tarball's path. `dist/` must exist. */
export async function pack(folder) {
  const { stdout } = await run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], {
    cwd: root,
  });
  return join(folder, JSON.parse(stdout)[0].filename);
}

/** Runs an environment and returns its outcome in words. Rejects if the outcome differs from the description. */
export async function check(environment, tarball) {
  const folder = mkdtempSync(join(tmpdir(), 'sentry-options-environments-'));
  try {
    await prepare(environment, folder, tarball);
    return checkResult(environment, folder, await runProgram(environment, folder));
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

async function prepare({ folder: own, build, isBundled }, folder, tarball) {
  cpSync(join(here, 'program'), folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{"private": true, "type": "module"}\n');
  if (own !== undefined) cpSync(join(here, own), folder, { recursive: true });
  declareOption(folder);
  const env = makeEnvironment(folder);
  if (own === undefined) await unpack(folder, tarball);
  else await run('npm', [...INSTALL, tarball], { cwd: folder, env, timeout: BUILD_TIMEOUT });
  if (build === undefined) return;
  try {
    await runInShell(build, { cwd: folder, env, timeout: BUILD_TIMEOUT });
  } catch (error) {
    throw new Error(`${build} failed:\n${error.stdout}\n${error.stderr}`);
  }
  // A bundle must run without the packages that it was built from.
  if (isBundled) rmSync(join(folder, 'node_modules'), { recursive: true });
}

/** Unpacks a package without dependencies, as `npm install` does, but a second faster. */
async function unpack(folder, tarball) {
  const library = join(folder, 'node_modules/sentry-options');
  mkdirSync(library, { recursive: true });
  await run('tar', ['-xzf', tarball, '--strip-components=1', '-C', library]);
}

/** Declares one option and writes its first value. */
function declareOption(folder) {
  const properties = { number: { type: 'integer', default: 0, description: 'a number' } };
  mkdirSync(join(folder, 'sentry-options/schemas/seer'), { recursive: true });
  mkdirSync(join(folder, 'sentry-options/values/seer'), { recursive: true });
  writeFileSync(
    join(folder, 'sentry-options/schemas/seer/schema.json'),
    JSON.stringify({ version: '1.0', type: 'object', properties }),
  );
  writeValue(folder, NUMBERS[0]);
}

function writeValue(folder, number) {
  const path = join(folder, 'sentry-options/values/seer/values.json');
  writeFileSync(`${path}.new`, JSON.stringify({ options: { number } }));
  renameSync(`${path}.new`, path);
}

/** Starts a server that receives telemetry. */
async function receiveTelemetry() {
  const received = new EventEmitter();
  let count = 0;
  const server = createServer((request, response) => {
    request.resume().on('end', () => {
      response.end('{}');
      count++;
      received.emit('envelope');
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    dsn: `http://key@127.0.0.1:${server.address().port}/1`,
    async waitFor(expected) {
      while (count < expected) await once(received, 'envelope');
    },
    close: () => server.close().closeAllConnections(),
  };
}

/**
 * Runs the program, and writes the next value once both threads have read the previous one and its telemetry has
 * arrived: its code is a string, so a bundler would not notice its loss.
 */
async function runProgram({ start, env, mounts }, folder) {
  const telemetry = await receiveTelemetry();
  const inApp = (text) => text.replaceAll('/app', folder);
  const command = inApp(start).split(' ');
  if (command[0].startsWith('dist/')) command[0] = join(folder, command[0]);
  if (mounts !== undefined) command.unshift('unshare', '-rm', 'sh', '-ec', `${mounts}\nexec "$@"`, 'sh');
  const own = Object.entries(env ?? {}).map(([name, value]) => [name, inApp(value)]);
  const child = spawn(command[0], command.slice(1), {
    cwd: folder,
    env: { ...makeEnvironment(folder), SENTRY_OPTIONS_DSN: telemetry.dsn, ...Object.fromEntries(own) },
    stdio: ['ignore', 'pipe', 'pipe'],
    // A process group, so that the program can be killed with all its child processes.
    detached: process.platform !== 'win32',
  });
  let hangs = false;
  const deadline = setTimeout(() => {
    hangs = true;
    process.kill(process.platform === 'win32' ? child.pid : -child.pid, 'SIGKILL');
  }, RUN_TIMEOUT);
  const lines = [];
  createInterface({ input: child.stdout }).on('line', (line) => {
    lines.push(line);
    const next = NUMBERS.find((number) => line === `both threads read ${number - 1}`);
    // The first value is no reload.
    if (next !== undefined) void telemetry.waitFor(next - 2).then(() => writeValue(folder, next));
  });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text) => {
    stderr += text;
  });
  const code = await new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  clearTimeout(deadline);
  telemetry.close();
  const errors = stderr.split('\n').filter((line) => line !== '' && !WARNING.test(line));
  return { code, hangs, lines, stderr: errors.join('\n') };
}

function checkResult({ error, prints = EXPECTED, except }, folder, { code, hangs, lines, stderr }) {
  const all = `exit code ${code}${hangs ? ', killed because it did not end, or no telemetry arrived' : ''}\n${lines.join('\n')}\n${stderr}`;
  if (error === undefined) {
    if (code !== 0 || stderr !== '' || lines.join() !== prints.join())
      throw new Error(`The program must print ${prints.join()}; got ${all}`);
    return except === undefined ? 'works' : `works, except: ${except}`;
  }
  const message = /^\w*Error(?: \[\w+\])?: (.*)$/m.exec(stderr)?.[1] ?? '';
  if (code === 0 || !error.test(message)) throw new Error(`The error must match ${error}; got ${all}`);
  return message.replaceAll(folder, '/app');
}

/** Returns an environment without the test runner's variables, in which the installed tools are on PATH. */
function makeEnvironment(folder) {
  const { PATH = '', HOME = '', TMPDIR } = process.env;
  const bins = [join(folder, 'node_modules/.bin'), dirname(process.execPath), PATH, join(root, 'node_modules/.bin')];
  return {
    HOME,
    PATH: bins.join(delimiter),
    ...(TMPDIR === undefined ? {} : { TMPDIR }),
    CI: 'true',
    NO_COLOR: '1',
    NEXT_TELEMETRY_DISABLED: '1',
    DENO_NO_UPDATE_CHECK: '1',
  };
}

/** Whether this process may create mounts: root may, and everybody if there are user namespaces. */
export async function mayMount() {
  try {
    await run('unshare', ['-rm', 'sh', '-c', 'mount -t tmpfs none /mnt']);
    return true;
  } catch {
    return false;
  }
}
