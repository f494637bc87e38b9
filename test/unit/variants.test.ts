/** Tests that each edit with which long commands make variants of the library has its place in the sources. */
import { describe, expect, it } from 'vitest';
import { PLANTED } from '../faults/planted.mjs';
import { STATE_EDITS } from '../faults/state.mjs';
import { EDITS } from '../faults/steps.mjs';
import { TRIAL_EDITS } from '../outages/engine.mjs';
import { CASES } from '../overload/engine.mjs';
import { applyEdits, type Edit } from '../support/make-variant.mjs';

/** All variants, each with the edits that its command applies one after the other. */
const VARIANTS: readonly { readonly name: string; readonly edits: readonly Edit[] }[] = [
  { name: 'the watcher stopped at a step', edits: EDITS },
  { name: 'a process killed at a step of its state directory', edits: STATE_EDITS },
  { name: 'outages with a short trial', edits: TRIAL_EDITS },
  ...PLANTED.map(({ name, edits, steps }) => ({ name, edits: steps === undefined ? edits : [...EDITS, ...edits] })),
  ...CASES.flatMap(({ name, edits }) => (edits === undefined ? [] : [{ name, edits }])),
];

describe('variants of the library', () => {
  it.each(VARIANTS)('Each edit has its place in the sources: $name', ({ edits }) => {
    expect(applyEdits(edits).size).toBeGreaterThan(0);
  });
});
