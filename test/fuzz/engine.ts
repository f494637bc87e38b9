/**
 * The fuzzer: mutates valid documents, and checks the result of each. A short test uses it, and so does the command
 * line, which runs it for any length of time.
 */
import { CORPUS, type Documents } from './corpus.js';
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
  /** Flags by pattern in accepted values. */
  readonly patternFlags: number;
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
    patternFlags: 0,
  };
  const prototypes = listPrototypeNames();
  const corpus = CORPUS.map((documents): Entry => {
    const compiled = checkSchemaBytes(Buffer.from(documents.schema));
    if (compiled === undefined || checkValuesBytes(compiled, Buffer.from(documents.values)).outcome !== 'accepted') {
      throw new Error('The corpus of the fuzzer must be valid');
    }
    return { ...documents, compiled };
  });
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

/** Documents of the corpus, whose schema is compiled once for all inputs that mutate the values. */
interface Entry extends Documents {
  readonly compiled: Compiled;
}

function tryInput(random: Random, corpus: readonly Entry[], counts: { -readonly [key in keyof Counts]: number }): void {
  const { schema, values, compiled } = random.pick(corpus);
  let current = compiled;
  if (random.chance(SCHEMAS_PERCENT)) {
    const mutated = checkSchemaBytes(mutate(schema, random));
    if (mutated === undefined) {
      counts.schemasRejected++;
      return;
    }
    counts.schemasAccepted++;
    current = mutated;
  }
  const { outcome, patternFlags } = checkValuesBytes(current, mutate(values, random));
  counts.patternFlags += patternFlags;
  if (outcome === 'accepted') counts.valuesAccepted++;
  else if (outcome === 'rejected') counts.valuesRejected++;
  else counts.valuesMalformed++;
}

/** Lists the properties of all prototypes that a key of a document could reach. */
function listPrototypeNames(): string {
  return [Object, Array, String, Number, Boolean, Function]
    .map(({ prototype }) => Reflect.ownKeys(prototype).map(String).join())
    .join('\n');
}
