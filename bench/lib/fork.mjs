/** Runs a question's measurements in fresh processes. */
import { spawn } from 'node:child_process';

/**
 * Runs `file` in a fresh process, with `input` for {@link inputOf}, and returns the argument of its {@link answer}.
 * Rejects if the process ends without an answer. Its stderr passes through.
 */
export function fork(file, input, { command = process.execPath, args = [] } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, [...args, file, JSON.stringify(input)], {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    let result;
    child.on('message', (message) => {
      result = message;
    });
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0 && result !== undefined) resolve(result.answer);
      else reject(new Error(`${file} ${JSON.stringify(input)} ended with exit code ${code}`));
    });
  });
}

/** Returns the `input` of {@link fork} in the process that it started from `file`; undefined in any other process. */
export function inputOf(file) {
  return process.send !== undefined && process.argv[1] === file ? JSON.parse(process.argv[2]) : undefined;
}

/** Sends `answer` (any JSON value) to {@link fork}, and closes the channel. */
export function answer(answer) {
  process.send({ answer }, () => process.disconnect());
}

/** Adds the lists of `more`, by name, to those of `samples`. */
export function addSamples(samples, more) {
  for (const [name, figures] of Object.entries(more)) samples[name] = [...(samples[name] ?? []), ...[figures].flat()];
}
