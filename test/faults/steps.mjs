/**
 * The steps at which tests stop a watcher. Each has a marker in the sources, a comment `// step:NAME`. The package has
 * no hooks for this: tests build a variant in which each marker calls `faultStep`.
 */

const call = (name, rest = '') => `(globalThis as any).faultStep(${JSON.stringify(name)}${rest});\n`;

/** Describes the step at `marker` in `file`. `leaves`: whether readers have the old or the new values after it. */
const step = (name, leaves, file, marker, rest) => ({
  name,
  leaves,
  edit: { file, from: `// step:${marker}\n`, to: call(name, rest) },
});

const CELL = 'src/memory/cell/writer.ts';
const cellStep = (name, leaves, marker) => step(name, leaves, CELL, marker, ', this.#buffer');

const SET_PAYLOAD = '    new Uint8Array(this.#buffer, region.offset, bytes.byteLength).set(bytes);\n';
const HALF = 'half of the payload written';

const BEFORE_CELL = [
  step('the start of a poll', 'old', 'workers/poll/loop.ts', 'poll-begins'),
  step('the probe', 'old', 'workers/values/volume.ts', 'probe'),
  step('the start of the load', 'old', 'workers/values/load.ts', 'load'),
  step('opening a file', 'old', 'src/files/read.ts', 'open'),
  step('reading a file', 'old', 'src/files/read.ts', 'opened'),
  step('checking that the file did not change', 'old', 'src/files/read.ts', 'read'),
  step('parsing', 'old', 'src/schema/check-values.ts', 'parse'),
  step('validation', 'old', 'src/schema/check-values.ts', 'validate'),
  step('encoding an option', 'old', 'src/codec/encode.ts', 'encode'),
  step('finishing the snapshot', 'old', 'workers/values/draft.ts', 'finish'),
];
/** Each step runs for the values, and again for the status. */
const IN_CELL = [
  cellStep('before E', 'old', 'E'),
  cellStep('after E', 'old', 'payload'),
  {
    name: HALF,
    leaves: 'old',
    edit: {
      file: CELL,
      from: SET_PAYLOAD,
      to: `    const half = bytes.byteLength >> 1;
    new Uint8Array(this.#buffer, region.offset, half).set(bytes.subarray(0, half));
    ${call(HALF, ', this.#buffer')}${SET_PAYLOAD}`,
    },
  },
  cellStep('before C', 'old', 'C'),
  cellStep('before GENERATION', 'old', 'generation'),
  cellStep('before notify', 'new', 'notify'),
];
const AFTER_CELL = [
  step('announcing the generation', 'new', 'workers/watcher.ts', 'describe'),
  step('waking the waiters', 'new', 'workers/watcher.ts', 'wake'),
  step('the end of the poll', 'new', 'workers/poll/loop.ts', 'poll-ends'),
  step('answering the refresh', 'new', 'workers/poll/loop.ts', 'serve'),
];

/** How the thread ends: by itself, or terminated from outside while it waits at the step. */
export const WAYS = ['exception', 'exit', 'terminate'];

/** All steps in the order of a reload, each with the values that readers have after it. */
export const STEPS = [
  ...BEFORE_CELL,
  ...IN_CELL.map(({ name, leaves }) => ({ name: `publishing the values: ${name}`, leaves })),
  ...IN_CELL.map(({ name }) => ({ name: `publishing the status: ${name}`, leaves: 'new' })),
  ...AFTER_CELL,
].map(({ name, leaves }) => ({ name, leaves, changes: true }));

/**
 * The steps after the load in a reload that changes no option, each with the generation that readers report after it:
 * the new one as soon as it is announced. Nothing is published in the cell of the values.
 */
export const UNCHANGED_STEPS = STEPS.slice(STEPS.findIndex(({ name }) => name.startsWith('publishing the status'))).map(
  ({ name, leaves }) => ({
    name,
    leaves: name.startsWith('publishing') || name === 'announcing the generation' ? 'old' : leaves,
    changes: false,
  }),
);

/** The function that each step calls: it stops the thread if `fault.json` in the base directory names the step. */
const HOOK = `
  const { readFileSync, writeFileSync } = require('node:fs');
  (globalThis as any).faultStep = (name: string, cell?: SharedArrayBuffer) => {
    let fault: { step: string; how: string };
    try {
      fault = JSON.parse(readFileSync(data.directory + '/fault.json', 'utf8'));
    } catch {
      return;
    }
    const part = cell === data.values ? 'values' : 'status';
    const prefix = cell === undefined ? '' : 'publishing the ' + part + ': ';
    if (fault.step !== prefix + name) return;
    writeFileSync(data.directory + '/reached', '');
    if (fault.how === 'exception') throw new Error('stopped at ' + fault.step);
    if (fault.how === 'exit') process.exit(3);
    for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  };
`;

/** The edits that make the variant. */
export const EDITS = [
  ...[...BEFORE_CELL, ...IN_CELL, ...AFTER_CELL].map(({ edit }) => edit),
  { file: 'workers/watcher.ts', from: 'void main();', to: `declare const require: any;${HOOK}void main();` },
];
