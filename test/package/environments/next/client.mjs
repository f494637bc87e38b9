/**
 * Starts the standalone server, polls its route, and prints the lines of the shared program. Ends the server when it
 * and its worker have read all values.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';

const port = await freePort();
const server = spawn(process.execPath, ['.next/standalone/server.js'], {
  stdio: ['ignore', 'ignore', 'inherit'],
  // The server changes its working directory.
  env: {
    ...process.env,
    PORT: String(port),
    HOSTNAME: '127.0.0.1',
    SENTRY_OPTIONS_DIR: join(import.meta.dirname, 'sentry-options'),
  },
});
const ended = once(server, 'exit');
for (const number of [1, 2, 3]) {
  while (!(await bothRead(number))) await new Promise((resolve) => setTimeout(resolve, 20));
  console.log(`both threads read ${number}`);
}
server.kill();
const [code, signal] = await ended;
console.log(code === 0 || signal === 'SIGTERM' || code === 143 ? 'closed' : `ended with ${code ?? signal}`);

async function bothRead(number) {
  if (server.exitCode !== null) throw new Error(`The server has ended with exit code ${server.exitCode}.`);
  try {
    const response = await fetch(`http://127.0.0.1:${port}/option`);
    if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
    const read = await response.json();
    return read.server === number && read.worker === number;
  } catch (error) {
    // The server does not listen yet.
    if (error.cause?.code === 'ECONNREFUSED') return false;
    server.kill();
    throw error;
  }
}

async function freePort() {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address();
  probe.close();
  return port;
}
