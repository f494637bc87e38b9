/** Calls kubectl, a few at a time: each call is a process that takes a tenth of a second of a processor. */
import { spawn } from 'node:child_process';

const AT_ONCE = 4;
let running = 0;
const waiting = [];

/**
 * Runs `kubectl args` with `input` on stdin. Returns stdout.
 * @throws {Error} with stderr, if kubectl fails.
 */
export async function kubectl(args, input = '') {
  if (running >= AT_ONCE) await new Promise((resolve) => waiting.push(resolve));
  else running++;
  try {
    return await call('kubectl', args, input);
  } finally {
    const next = waiting.shift();
    if (next === undefined) running--;
    else next();
  }
}

/** Runs a program with `input` on stdin. Returns stdout; the error of a failure holds stderr. */
export async function call(program, args, input = '') {
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'] });
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr']) {
    child[name].setEncoding('utf8');
    child[name].on('data', (text) => {
      output[name] += text;
    });
  }
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  const code = await new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  if (code === 0) return output.stdout;
  throw new Error(`${program} ${args.join(' ')} ended with ${code}: ${output.stderr}${output.stdout}`);
}
