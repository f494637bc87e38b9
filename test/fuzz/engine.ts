/**
 * The fuzzer: mutates valid documents, and checks the result of each. A short test uses it, and so does the command
 * line, which runs it for any length of time.
 */
import { SCHEMA, VALUES } from './corpus.js';
import { type Compiled, checkSchemaBytes, checkValuesBytes } from './invariants.js';
import { mutate } from './mutate.js';
import { Random } from './random.js';

/** How many inputs had each outcome. */
export interface Counts {
  readonly inputs: number;
  readonly schemasAccepted: number;
  readonly schemasRejected: number;
  readonly valuesAccepted: number;
  readonly valuesRejected: number;
  readonly valuesMalformed: number;
}

/** A broken invariant, and the seed that repeats it. */
export interface Failure {
  readonly seed: number;
  readonly message: string;
}

/** CPU time that one input may take, in milliseconds. No input takes a tenth of it. */
const MAX_INPUT_MS = 5_000;

/** Share of inputs that mutate the schema. Compiling a schema takes as long as some 20 values files. */
const SCHEMAS_PERCENT = 5;

/**
 * Checks one input for each seed from `seed` on, until one fails or `isOver`, called before each input, returns true.
 * Calls `onSeed` with each seed before it tries the input, so that the caller can name an input that never ends.
 */
export function fuzz(
  seed: number,
  isOver: (counts: Counts) => boolean,
  onSeed: (seed: number) => void = () => {},
): { readonly counts: Counts; readonly failure?: Failure } {
  const counts = {
    inputs: 0,
    schemasAccepted: 0,
    schemasRejected: 0,
    valuesAccepted: 0,
    valuesRejected: 0,
    valuesMalformed: 0,
  };
  const prototypes = listPrototypeNames();
  const corpus = checkSchemaBytes(Buffer.from(SCHEMA));
  if (corpus === undefined || checkValuesBytes(corpus, Buffer.from(VALUES)) !== 'accepted') {
    throw new Error('The corpus of the fuzzer must be valid');
  }
  for (let current = seed; !isOver(counts); current = (current + 1) >>> 0) {
    onSeed(current);
    const start = process.cpuUsage();
    try {
      tryInput(new Random(current), corpus, counts);
      const { user, system } = process.cpuUsage(start);
      if ((user + system) / 1000 > MAX_INPUT_MS) throw new Error(`took ${(user + system) / 1000} ms`);
      if (listPrototypeNames() !== prototypes) throw new Error('a prototype was changed');
    } catch (error) {
      return { counts, failure: { seed: current, message: (error as Error).stack ?? String(error) } };
    }
    counts.inputs++;
  }
  return { counts };
}

function tryInput(random: Random, corpus: Compiled, counts: { -readonly [key in keyof Counts]: number }): void {
  let compiled = corpus;
  if (random.chance(SCHEMAS_PERCENT)) {
    const schema = checkSchemaBytes(mutate(SCHEMA, random));
    if (schema === undefined) {
      counts.schemasRejected++;
      return;
    }
    counts.schemasAccepted++;
    compiled = schema;
  }
  const values = checkValuesBytes(compiled, mutate(VALUES, random));
  if (values === 'accepted') counts.valuesAccepted++;
  else if (values === 'rejected') counts.valuesRejected++;
  else counts.valuesMalformed++;
}

/** Lists the properties of all prototypes that a key of a document could reach. */
function listPrototypeNames(): string {
  return [Object, Array, String, Number, Boolean, Function]
    .map(({ prototype }) => Reflect.ownKeys(prototype).map(String).join())
    .join('\n');
}
