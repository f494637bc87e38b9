/** Runs many command lines in few processes, by `test/fixtures/cli-server.mjs`. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterAll } from 'vitest';
import type { Outcome } from './run.js';
import type { RunCliOptions } from './run-cli.js';

const SERVER = fileURLToPath(new URL('../fixtures/cli-server.mjs', import.meta.url));

/** The processes that wait for a command line, and all. */
const idle: ChildProcess[] = [];
const servers: ChildProcess[] = [];

afterAll(() => {
  for (const server of servers) server.disconnect();
});

/** Runs `sentry-options ARGS` as `runCli` does, but in a process that may have run others before. */
export async function runCliInServer(
  args: readonly string[],
  { cwd, env = {} }: Required<Pick<RunCliOptions, 'cwd'>> & Pick<RunCliOptions, 'env'>,
): Promise<Outcome> {
  const { PATH = '', HOME = '' } = process.env;
  const server = idle.pop() ?? start();
  const settled = new AbortController();
  const answer = once(server, 'message', settled) as Promise<[Outcome]>;
  const end = once(server, 'exit', settled).then(([code, signal]) => {
    throw new Error(`The process ended with ${code ?? signal} while it ran: sentry-options ${args.join(' ')}`);
  });
  server.send({ args, cwd, env: { PATH, HOME, ...env } });
  try {
    const [outcome] = await Promise.race([answer, end]);
    idle.push(server);
    return outcome;
  } finally {
    settled.abort();
  }
}

function start(): ChildProcess {
  const server = fork(SERVER, { execArgv: [], stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  servers.push(server);
  return server;
}
