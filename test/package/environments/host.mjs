/**
 * One environment from its description to its outcome: the packed library is installed into a new folder, the program
 * is built and started, values are written whenever both of its threads have read the ones before, and what it printed
 * is judged. Used by the command and by the test beside this folder.
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

/** Generous, as the processors may be shared; but a program that hangs is told of before its test is given up. */
const BUILD_TIMEOUT = 600_000;
const RUN_TIMEOUT = 50_000;

const NUMBERS = [1, 2, 3];
const EXPECTED = [...NUMBERS.map((number) => `both threads read ${number}`), 'closed'];
/** Node's own warnings, which the flags of an environment bring about. */
const WARNING =
  /^(\(node:\d+\) (\[\w+\] )?(Experimental|Security)Warning: |\(Use `node --trace-warnings|Warning: disabling flag )/;

/** The library as npm packs it, in `folder`; `dist/` has to be there. */
export async function pack(folder) {
  const { stdout } = await run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], {
    cwd: root,
  });
  return join(folder, JSON.parse(stdout)[0].filename);
}

/** What becomes of the package there, in words. Rejects where that is not what the environment is described with. */
export async function check(environment, tarball) {
  const folder = mkdtempSync(join(tmpdir(), 'sentry-options-environments-'));
  try {
    await prepare(environment, folder, tarball);
    return judge(environment, folder, await drive(environment, folder));
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

async function prepare({ folder: own, build, isBundled }, folder, tarball) {
  cpSync(join(here, 'program'), folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{"private": true, "type": "module"}\n');
  if (own !== undefined) cpSync(join(here, own), folder, { recursive: true });
  declare(folder);
  const env = environmentOf(folder);
  if (own === undefined) await unpack(folder, tarball);
  else await run('npm', [...INSTALL, tarball], { cwd: folder, env, timeout: BUILD_TIMEOUT });
  if (build === undefined) return;
  try {
    await runInShell(build, { cwd: folder, env, timeout: BUILD_TIMEOUT });
  } catch (error) {
    throw new Error(`${build} failed:\n${error.stdout}\n${error.stderr}`);
  }
  // What was built has to do without what it was built of.
  if (isBundled) rmSync(join(folder, 'node_modules'), { recursive: true });
}

/** What `npm install` does for a package without dependencies, without its second of time. */
async function unpack(folder, tarball) {
  const library = join(folder, 'node_modules/sentry-options');
  mkdirSync(library, { recursive: true });
  await run('tar', ['-xzf', tarball, '--strip-components=1', '-C', library]);
}

/** One option, with its first value. */
function declare(folder) {
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

/** A server that telemetry is sent to. */
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
    async atLeast(wanted) {
      while (count < wanted) await once(received, 'envelope');
    },
    close: () => server.close().closeAllConnections(),
  };
}

/**
 * Runs the program, and gives it the next value whenever it has read the one before, and the reload of that one was told
 * of: the code that does so is loaded when it is needed, and is the first that a bundler might lose.
 */
async function drive({ start, env, mounts }, folder) {
  const telemetry = await receiveTelemetry();
  const inApp = (text) => text.replaceAll('/app', folder);
  const command = inApp(start).split(' ');
  if (command[0].startsWith('dist/')) command[0] = join(folder, command[0]);
  if (mounts !== undefined) command.unshift('unshare', '-rm', 'sh', '-ec', `${mounts}\nexec "$@"`, 'sh');
  const own = Object.entries(env ?? {}).map(([name, value]) => [name, inApp(value)]);
  const child = spawn(command[0], command.slice(1), {
    cwd: folder,
    env: { ...environmentOf(folder), SENTRY_OPTIONS_DSN: telemetry.dsn, ...Object.fromEntries(own) },
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own, which can be ended with all that the program has started.
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
    // The first value of all is no reload.
    if (next !== undefined) void telemetry.atLeast(next - 2).then(() => writeValue(folder, next));
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

function judge({ says, prints = EXPECTED, but }, folder, { code, hangs, lines, stderr }) {
  const all = `exit code ${code}${hangs ? ', killed as it did not end, or no telemetry came' : ''}\n${lines.join('\n')}\n${stderr}`;
  if (says === undefined) {
    if (code !== 0 || stderr !== '' || lines.join() !== prints.join()) throw new Error(`It does not work: ${all}`);
    return but === undefined ? 'works' : `works, but: ${but}`;
  }
  const message = /^\w*Error(?: \[\w+\])?: (.*)$/m.exec(stderr)?.[1] ?? '';
  if (code === 0 || !says.test(message)) throw new Error(`It does not say ${says}: ${all}`);
  return message.replaceAll(folder, '/app');
}

/** Nothing of the runner's but what any program needs; tools are found where they were installed. */
function environmentOf(folder) {
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

/** Whether mounts of one's own may be made: root may, and where there are user namespaces everybody. */
export async function mayMount() {
  try {
    await run('unshare', ['-rm', 'sh', '-c', 'mount -t tmpfs none /mnt']);
    return true;
  } catch {
    return false;
  }
}
