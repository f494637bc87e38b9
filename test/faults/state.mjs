/**
 * The steps at which tests kill a process that writes its state directory. Like those in `steps.mjs`, each has a marker in
 * the sources. In the variant, values are kept as soon as they are live, each file that is validated gets a companion
 * `.validated` with a character for each time, and the watcher hangs at its start if there is a FIFO `fifo`.
 */

const FILE = 'workers/state/write.ts';
const call = (name, path = '') => `(globalThis as any).stateStep?.(${JSON.stringify(name)}${path && `, ${path}`});\n`;

/** Describes the step at `marker`. `leaves`: what is kept if the process is killed there. */
const step = (name, leaves, marker, { file = FILE, path } = {}) => ({
  name,
  leaves,
  edit: { file, from: `// step:${marker}\n`, to: call(name, path) },
});
/** The path of the file that is written: two may be at the same time. */
const PATH = { path: 'path' };
/** In the thread that starts the store, before the watcher runs. */
const OWNER = { file: 'src/state/lock.ts' };

const PIECES = 7;
const WRITING = 'writing a piece';

const BEFORE = [
  step('making the folder', 'old', 'make-folder', OWNER),
  step('writing the lock', 'old', 'lock', OWNER),
  step('creating the temporary file', 'old', 'create', PATH),
  step(WRITING, 'old', 'write', PATH),
  {
    name: 'half of a piece written',
    leaves: 'old',
    edit: {
      file: 'workers/state/files.ts',
      from: 'await write(descriptor, bytes, offset, bytes.length - offset)',
      to: `await write(descriptor, bytes, offset, Math.ceil((bytes.length - offset) / 2));
    ${call('half of a piece written')}`,
    },
  },
  step('syncing the file', 'old', 'sync', PATH),
  step('renaming the file', 'old', 'rename', PATH),
];
/** After the file, in its folder. */
const FOLDER = { path: 'folder' };
const AFTER = [
  step('syncing the folder', 'new', 'sync-folder', FOLDER),
  step('cleaning the folder', 'new', 'clean', FOLDER),
];

const toRounds = ({ name, leaves }) =>
  name === WRITING
    ? Array.from({ length: PIECES }, (_, passes) => ({ name, leaves, passes }))
    : [{ name, leaves, passes: 0 }];
const VALIDATED = ' of values on trial';
/** The same steps, of the file that other starts on the same files use. */
const ON_TRIAL = BEFORE.filter(({ edit, name }) => edit.file !== OWNER.file && name !== 'syncing the file').map(
  (each) => ({
    ...each,
    name: each.name + VALIDATED,
  }),
);

/** All steps, each with what is kept after it, and how often it is passed before the process is killed. */
export const STATE_STEPS = [
  ...[...BEFORE, ...AFTER].flatMap(toRounds),
  ...ON_TRIAL.map(({ name, leaves }) => ({ name, leaves, passes: 0 })),
];

/** The function that each step calls: it kills the process if `fault.json` in the base directory names the step. */
const HOOK = `
  const { readFileSync } = require('node:fs');
  let passed = 0;
  let suffix = '';
  (globalThis as any).stateStep = (step: string, path?: string) => {
    if (path !== undefined) suffix = path.endsWith('.validated') ? '${VALIDATED}' : '';
    const name = step + suffix;
    let fault: { step: string; passes: number };
    try {
      fault = JSON.parse(readFileSync(data.directory + '/fault.json', 'utf8'));
    } catch {
      return;
    }
    if (fault.step === 'no write') throw new Error(fault.step);
    if (fault.step === name && passed++ === fault.passes) process.kill(process.pid, 'SIGKILL');
  };
  (globalThis as any).stateValidated = (file: string) => require('node:fs').appendFileSync(file + '.validated', '1');
`;

/** Blocks the thread at its start, before it has loaded anything else, in the kernel, if the base directory has a FIFO. */
const HANG = `const fifo = data.directory + '/fifo';
// With an encoding, one native call opens and reads.
if (require('node:fs').existsSync(fifo)) require('node:fs').readFileSync(fifo, 'utf8');
`;
const CONTROL = 'export const control = new Control(data.control);';

/** The edits that make the variant. */
export const STATE_EDITS = [
  ...[...BEFORE, ...AFTER].map(({ edit }) => edit),
  { file: 'workers/watcher.ts', from: 'void main();', to: `declare const require: any;${HOOK}void main();` },
  { file: 'src/schema/check-values.ts', from: '// step:parse\n', to: '(globalThis as any).stateValidated(file);\n' },
  { file: 'workers/context.ts', from: CONTROL, to: `declare const require: any;\n${HANG}${CONTROL}` },
  { file: 'workers/state/keeper.ts', from: 'const TRIAL_MS = 15_000;', to: 'const TRIAL_MS = 0;' },
];
