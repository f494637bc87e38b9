/** Measures what it costs to ask a running process, while its main thread is blocked, and what the possibility costs. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { close, init, options } from '../dist/index.js';
import { makeBase, removeBase, sizesOf } from './lib/base.mjs';
import { addSamples, answer, fork, inputOf } from './lib/fork.mjs';
import { compared, measured } from './lib/rows.mjs';

const FILE = fileURLToPath(import.meta.url);

export const title = 'What does it cost to ask a running process?';

/** `starts`: rounds of a start with and without a server; `requests` of each kind in each of the `rounds`. */
export const full = { starts: 12, rounds: 5, requests: 100, namespaces: 10, count: 100 };
export const tiny = { starts: 1, rounds: 1, requests: 2, namespaces: 1, count: 6 };

/** The requests, how they are sent, and the share of `requests`: /threads waits 100 ms for the thread that is blocked. */
const REQUESTS = {
  '/status': {},
  '/values': {},
  '/explain': { method: 'POST', body: '{"namespace":"service-0","flag":"none"}' },
  '/threads': { share: 0.1 },
};

/** How the main thread is blocked. A debugger's breakpoint blocks it as a wait does. */
const WAYS = { 'in a loop': 'for (;;);', 'in a wait': 'Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);' };

export async function run({ starts, rounds, requests, namespaces, count }, progress) {
  const directory = makeBase(sizesOf(namespaces, count));
  const total = starts + rounds * Object.keys(WAYS).length;
  const samples = {};
  let done = 0;
  try {
    for (let round = 0; round < starts; round++) {
      progress(done++, total);
      // In turn: each round begins with the other one.
      for (const isAsked of round % 2 === 0 ? [false, true] : [true, false]) {
        const { time, memory } = await fork(FILE, { directory, isAsked });
        addSamples(samples, { [`start ${isAsked}`]: time, [`memory ${isAsked}`]: memory });
      }
    }
    for (const [way, code] of Object.entries(WAYS)) {
      for (let round = 0; round < rounds; round++) {
        progress(done++, total);
        addSamples(samples, await askBlocked(directory, { way, code, requests }));
      }
    }
  } finally {
    removeBase(directory);
  }
  const rows = [
    compared({
      what: `init() and the first value, ${namespaces} × ${count} options, with a server`,
      against: 'without one',
      unit: 'ms',
      samples: samples['start true'],
      partners: samples['start false'],
    }),
    compared({
      what: `memory of the process, after one request of each kind, ${namespaces} × ${count} options`,
      against: 'without a server',
      unit: 'MiB',
      samples: samples['memory true'],
      partners: samples['memory false'],
    }),
    ...Object.keys(WAYS).flatMap((way) =>
      Object.entries(REQUESTS).flatMap(([path, { share = 1 }]) => [
        measured({ what: `${path}, main thread ${way}`, unit: 'ms', samples: samples[`${way} ${path}`] }),
        measured({
          what: `${path}, main thread ${way}: the slowest of ${Math.ceil(requests * share)}`,
          unit: 'ms',
          samples: samples[`${way} ${path} worst`],
          ...(path !== '/threads' && { target: { atMost: 50 } }),
        }),
      ]),
    ),
  ];
  return { rows };
}

/** Starts a process whose main thread blocks itself, and asks it. */
async function askBlocked(directory, { way, code, requests }) {
  const socket = join(directory, 'ask.sock');
  const source = `
    const { init } = await import(${JSON.stringify(new URL('../dist/index.js', import.meta.url).href)});
    // Once the server listens.
    const log = (message) => message.startsWith('This process can be asked') && console.log(message);
    init({ directory: ${JSON.stringify(directory)}, inspect: ${JSON.stringify(socket)},
      logger: { debug() {}, info: log, warn: log, error: log } });
    setTimeout(() => { ${code} }, 200);
  `;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', source], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const samples = {};
  try {
    await once(child.stdout, 'data');
    await new Promise((resolve) => setTimeout(resolve, 400));
    for (const [path, settings] of Object.entries(REQUESTS)) {
      const times = [];
      const count = Math.ceil(requests * (settings.share ?? 1));
      for (let number = 0; number < count; number++) times.push(await ask(socket, path, settings));
      samples[`${way} ${path}`] = times;
      samples[`${way} ${path} worst`] = Math.max(...times);
    }
  } finally {
    child.kill('SIGKILL');
    rmSync(socket, { force: true });
  }
  return samples;
}

/** Returns the milliseconds until the whole answer is there. */
function ask(socketPath, path, { method = 'GET', body }) {
  const begun = performance.now();
  return new Promise((resolve, reject) => {
    const headers = { host: 'localhost', ...(body && { 'content-type': 'application/json' }) };
    request({ socketPath, path, method, headers, agent: false }, (response) => {
      response.resume();
      response.on('error', reject);
      response.on('end', () => {
        if (response.statusCode === 200) resolve(performance.now() - begun);
        else reject(new Error(`${path}: ${response.statusCode}`));
      });
    })
      .on('error', reject)
      .end(body);
  });
}

const input = inputOf(FILE);
if (input !== undefined) {
  const { directory, isAsked } = input;
  const socket = join(directory, `${process.pid}.sock`);
  const begun = performance.now();
  init({ directory, inspect: isAsked && socket, logger: { debug() {}, info() {}, warn() {}, error() {} } });
  options('service-0').get(options('service-0').keys()[0]);
  const time = performance.now() - begun;
  while (isAsked && !existsSync(socket)) await new Promise((resolve) => setTimeout(resolve, 5));
  if (isAsked) for (const [path, settings] of Object.entries(REQUESTS)) await ask(socket, path, settings);
  await new Promise((resolve) => setTimeout(resolve, 200));
  const memory = process.memoryUsage().rss / 2 ** 20;
  await close();
  answer({ time, memory });
}
