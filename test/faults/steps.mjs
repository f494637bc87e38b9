/**
 * The steps of a watcher at which it is stopped, and where each stands in the sources. The package has no hooks for
 * this: a variant of it is built, in which each of these places calls `faultStep` first.
 */

const call = (name, rest = '') => `(globalThis as any).faultStep(${JSON.stringify(name)}${rest});\n`;

/** The step before `from` in `file`; `leaves`: whether readers are to have the old values after it, or the new ones. */
const before = (name, leaves, file, from, rest) => ({
  name,
  leaves,
  edit: { file, from, to: call(name, rest) + from },
});

const CELL = 'src/memory/cell/writer.ts';
const inCell = (name, leaves, from) => before(name, leaves, CELL, from, ', this.#buffer');

const SET_PAYLOAD = '    new Uint8Array(this.#buffer, region.offset, bytes.byteLength).set(bytes);\n';
const HALF = 'half of the payload is written';

const BEFORE_CELL = [
  before('a poll begins', 'old', 'workers/poll/loop.ts', '    requests.beginPoll();'),
  before('the look at the files', 'old', 'workers/values/volume.ts', '  const recent = BigInt('),
  before('the load begins', 'old', 'workers/values/load.ts', '  const problem = directoryProblem('),
  before('a file is to be opened', 'old', 'src/files/read.ts', '  // O_NONBLOCK: opening a FIFO'),
  before('a file is open', 'old', 'src/files/read.ts', '    // One byte more than it had'),
  before('a file is read', 'old', 'src/files/read.ts', '    const after = attempt('),
  before('parse', 'old', 'src/schema/check-values.ts', '  let parsed: ParsedJson;'),
  before('validate', 'old', 'src/schema/check-values.ts', '  const { findings, count } = findFaults('),
  before('encode an option', 'old', 'src/codec/encode.ts', '    this.#options[index] = this.#encode(value);'),
  before('finish the snapshot', 'old', 'workers/values/load.ts', '  const size = encoder.size;\n'),
];
/** Taken for the values, and once more for the status. */
const IN_CELL = [
  inCell('before E', 'old', '    // E. First of all,'),
  inCell('after E', 'old', '    // Plain writes; C publishes them.'),
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
  inCell('before C', 'old', '    // C. After the payload'),
  inCell('before GENERATION', 'old', '    // After C: whoever reads'),
  inCell('before notify', 'new', '    // After the store: a waiter'),
];
const AFTER_CELL = [
  before('waiters are to be woken', 'new', 'workers/watcher.ts', '      control.refused = record.refusedReloads;'),
  before('the poll ends', 'new', 'workers/poll/loop.ts', '    requests.endPoll();'),
  before('the poll is to be answered', 'new', 'workers/poll/loop.ts', '    requests.serve(ticket);'),
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
