/** A question's measurements in processes of their own. */
import { spawn } from 'node:child_process';

/**
 * Runs `file` in a fresh process, with `input` for {@link inputOf}, and returns what it handed to {@link answer}.
 * Rejects where it ends without an answer; what it prints on stderr goes through.
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

/** What {@link fork} was called with, in the process that it started from `file`; undefined in any other. */
export function inputOf(file) {
  return process.send !== undefined && process.argv[1] === file ? JSON.parse(process.argv[2]) : undefined;
}

/** Hands `answer` (anything that JSON can say) to {@link fork}, and ends the channel to it. */
export function answer(answer) {
  process.send({ answer }, () => process.disconnect());
}

/** Adds the lists of `more`, by name, to those of `samples`. */
export function addSamples(samples, more) {
  for (const [name, figures] of Object.entries(more)) samples[name] = [...(samples[name] ?? []), ...[figures].flat()];
}
