/**
 * The fuzzing: good documents are spoiled, and what is made of them is checked. Used by a short test, and by the command
 * line, which runs it for as long as it is asked.
 */
import { SCHEMA, VALUES } from './corpus.js';
import { type Compiled, checkSchemaBytes, checkValuesBytes } from './invariants.js';
import { mutate } from './mutate.js';
import { Random } from './random.js';

/** How inputs ended. */
export interface Counts {
  readonly inputs: number;
  readonly schemasTaken: number;
  readonly schemasRefused: number;
  readonly valuesTaken: number;
  readonly valuesRefused: number;
  readonly valuesNoJson: number;
}

/** An invariant that does not hold, and the seed that repeats it. */
export interface Failure {
  readonly seed: number;
  readonly message: string;
}

/** Time of the processor that one input may take, in milliseconds. None takes a tenth of it. */
const MAX_INPUT_MS = 5_000;

/** A schema has to be compiled, which takes as long as some 20 files of values. */
const SCHEMAS_PERCENT = 5;

/**
 * Checks inputs, one for each seed from `seed` on, until one fails or `isOver` says so, which is asked before each.
 * `onSeed` is told of each seed before it is tried, so that one that never ends can be named.
 */
export function fuzz(
  seed: number,
  isOver: (counts: Counts) => boolean,
  onSeed: (seed: number) => void = () => {},
): { readonly counts: Counts; readonly failure?: Failure } {
  const counts = { inputs: 0, schemasTaken: 0, schemasRefused: 0, valuesTaken: 0, valuesRefused: 0, valuesNoJson: 0 };
  const prototypes = namesOfPrototypes();
  const corpus = checkSchemaBytes(Buffer.from(SCHEMA));
  if (corpus === undefined || checkValuesBytes(corpus, Buffer.from(VALUES)) !== 'taken') {
    throw new Error('What the fuzzing starts from is refused');
  }
  for (let current = seed; !isOver(counts); current = (current + 1) >>> 0) {
    onSeed(current);
    const start = process.cpuUsage();
    try {
      tryInput(new Random(current), corpus, counts);
      const { user, system } = process.cpuUsage(start);
      if ((user + system) / 1000 > MAX_INPUT_MS) throw new Error(`took ${(user + system) / 1000} ms`);
      if (namesOfPrototypes() !== prototypes) throw new Error('a prototype was changed');
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
      counts.schemasRefused++;
      return;
    }
    counts.schemasTaken++;
    compiled = schema;
  }
  const values = checkValuesBytes(compiled, mutate(VALUES, random));
  if (values === 'taken') counts.valuesTaken++;
  else if (values === 'refused') counts.valuesRefused++;
  else counts.valuesNoJson++;
}

/** All that hangs on the prototypes that a key of a document could reach. */
function namesOfPrototypes(): string {
  return [Object, Array, String, Number, Boolean, Function]
    .map(({ prototype }) => Reflect.ownKeys(prototype).map(String).join())
    .join('\n');
}
