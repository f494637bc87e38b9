/**
 * Faults in the order of steps that decides which generation a thread reports, as edits of the sources. Each must be
 * found by a check: the model of the same faults is in `test/model/src/number.rs`, the proof in docs/memory-model.md.
 */
import { STEPS, UNCHANGED_STEPS } from './steps.mjs';

const READER = 'src/view/adoption.ts';
const WATCHER = 'workers/watcher.ts';

const REPORT = '    const known = this.isNewest ? described : this.#generation;\n';
const LOAD_DESCRIBED = '    const { described } = this.#view.control;\n';
const ADOPT = '        this.#publication = acquired.generation;\n';
const PUBLISH_VALUES = '      values.publish(payload);\n';
const PUBLISH_STATUS = '      status.publish(encodeStatusRecord(record, status.capacity));\n';
const DESCRIBE = '      control.describe(generation);\n';

const find = (steps, name) => steps.filter((step) => step.name === name);

/**
 * The faults. `property`: what the failure of the check begins with. The check is `reload-generations.mjs`, or, with
 * `steps`, a watcher that stops at them.
 */
export const PLANTED = [
  {
    name: 'a reader reads GENERATION before DESCRIBED',
    property: 'OTHER',
    edits: [
      { file: READER, from: LOAD_DESCRIBED, to: `    const { isNewest } = this;\n${LOAD_DESCRIBED}` },
      { file: READER, from: REPORT, to: REPORT.replace('this.isNewest', 'isNewest') },
    ],
  },
  {
    name: 'a reader forgets its number when newer values are published',
    property: 'BACK',
    edits: [{ file: READER, from: REPORT, to: REPORT.replace('this.#generation', '0') }],
  },
  {
    name: 'a reader forgets its number when it adopts values',
    property: 'BACK',
    edits: [{ file: READER, from: ADOPT, to: `${ADOPT}        this.#generation = 0;\n` }],
  },
  {
    name: "DESCRIBED is the cell's number",
    property: 'LOST',
    edits: [{ file: WATCHER, from: DESCRIBE, to: DESCRIBE.replace('generation', 'values.generation') }],
  },
  {
    name: 'DESCRIBED is stored before the values are published',
    property: 'what is read',
    steps: find(STEPS, 'publishing the values: before E'),
    edits: [
      { file: WATCHER, from: PUBLISH_VALUES, to: `      control.describe(control.described + 1);\n${PUBLISH_VALUES}` },
    ],
  },
  {
    name: 'DESCRIBED is stored before the status is written',
    property: 'what is read',
    steps: find(UNCHANGED_STEPS, 'publishing the status: before E'),
    edits: [{ file: WATCHER, from: PUBLISH_STATUS, to: `${DESCRIBE}${PUBLISH_STATUS}` }],
  },
];
