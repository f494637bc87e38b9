/** The library without the code that counts evaluations: what `has` would cost if nobody wanted to know what is used. */
import { importEdited } from './edited.mjs';

/** The function of `src/features/counter.ts`, as it is in the bundle. */
const COUNT = 'function count(counter, isOn) {\n';

/** Imports a copy of the built library whose `count` does nothing. Call `remove` when it is no longer needed. */
export function importUncounted() {
  return importEdited([[COUNT, `${COUNT}  return;\n`]]);
}
