/**
 * The steps of a watcher at which it is stopped. Each has a marker in the sources, a comment `// step:NAME`. The package
 * has no hooks for this: a variant of it is built, in which each marker calls `faultStep`.
 */

const call = (name, rest = '') => `(globalThis as any).faultStep(${JSON.stringify(name)}${rest});\n`;

/** The step at `marker` in `file`. `leaves`: whether readers have the old values after it, or the new ones. */
const step = (name, leaves, file, marker, rest) => ({
  name,
  leaves,
  edit: { file, from: `// step:${marker}\n`, to: call(name, rest) },
});

const CELL = 'src/memory/cell/writer.ts';
const cellStep = (name, leaves, marker) => step(name, leaves, CELL, marker, ', this.#buffer');

const SET_PAYLOAD = '    new Uint8Array(this.#buffer, region.offset, bytes.byteLength).set(bytes);\n';
const HALF = 'half of the payload is written';

const BEFORE_CELL = [
  step('a poll begins', 'old', 'workers/poll/loop.ts', 'poll-begins'),
  step('the probe of the files', 'old', 'workers/values/volume.ts', 'probe'),
  step('the load begins', 'old', 'workers/values/load.ts', 'load'),
  step('a file is to be opened', 'old', 'src/files/read.ts', 'open'),
  step('a file is open', 'old', 'src/files/read.ts', 'opened'),
  step('a file is read', 'old', 'src/files/read.ts', 'read'),
  step('parse', 'old', 'src/schema/check-values.ts', 'parse'),
  step('validate', 'old', 'src/schema/check-values.ts', 'validate'),
  step('encode an option', 'old', 'src/codec/encode.ts', 'encode'),
  step('finish the snapshot', 'old', 'workers/values/load.ts', 'finish'),
];
/** Taken for the values, and once more for the status. */
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
  step('waiters are to be woken', 'new', 'workers/watcher.ts', 'wake'),
  step('the poll ends', 'new', 'workers/poll/loop.ts', 'poll-ends'),
  step('the poll is to be answered', 'new', 'workers/poll/loop.ts', 'serve'),
];

/** How the thread ends: by itself, or from outside while it stands still at the step. */
export const WAYS = ['exception', 'exit', 'terminate'];

/** All steps by name, in the order in which a reload takes them, with what readers have after each. */
export const STEPS = [
  ...BEFORE_CELL,
  ...IN_CELL.map(({ name, leaves }) => ({ name: `publish the values: ${name}`, leaves })),
  ...IN_CELL.map(({ name }) => ({ name: `publish the status: ${name}`, leaves: 'new' })),
  ...AFTER_CELL,
].map(({ name, leaves }) => ({ name, leaves }));

/** What a step does where it is the one that `fault.json` in the base directory names. */
const HOOK = `
  const { readFileSync, writeFileSync } = require('node:fs');
  (globalThis as any).faultStep = (name: string, cell?: SharedArrayBuffer) => {
    let fault: { step: string; how: string };
    try {
      fault = JSON.parse(readFileSync(data.directory + '/fault.json', 'utf8'));
    } catch {
      return;
    }
    const prefix = cell === undefined ? '' : cell === data.values ? 'publish the values: ' : 'publish the status: ';
    if (fault.step !== prefix + name) return;
    writeFileSync(data.directory + '/reached', '');
    if (fault.how === 'exception') throw new Error('stopped at ' + fault.step);
    if (fault.how === 'exit') process.exit(3);
    for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  };
`;

/** What makes the variant. */
export const EDITS = [
  ...[...BEFORE_CELL, ...IN_CELL, ...AFTER_CELL].map(({ edit }) => edit),
  { file: 'workers/watcher.ts', from: 'void main();', to: `declare const require: any;${HOOK}void main();` },
];
