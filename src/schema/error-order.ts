/**
 * Sorts ajv's errors as the Rust and Python clients report them: keywords and names alphabetically, entries by index,
 * what is inside a member before what follows it. Pure; runs with the validator, never in a reader.
 */
import type { ErrorObject } from 'ajv';

/** The steps from the root to an error: keywords, names and indexes. */
type Trail = readonly (string | number)[];

/** Sorts `errors`. Errors with equal trails stay in ajv's order, which happens if their schema has references. */
export function sortByEvaluation(errors: readonly ErrorObject[]): readonly ErrorObject[] {
  return errors
    .map((error) => ({ error, trail: buildTrail(error) }))
    .sort((a, b) => compare(a.trail, b.trail))
    .map(({ error }) => error);
}

/** Builds the path through the schema, with the value's names and indexes after each keyword that enters the value. */
function buildTrail({ schemaPath, instancePath, params }: ErrorObject): Trail {
  const schema = schemaPath.split('/').slice(1);
  const instance = instancePath.split('/').slice(1);
  const trail: (string | number)[] = [];
  for (let at = 0; at < schema.length; at++) {
    const keyword = schema[at] as string;
    const isLast = at === schema.length - 1;
    trail.push(keyword);
    if (isLast) {
      // "Too many issues" in a list or map comes after the issues of its entries.
      if (keyword === 'items') trail.push(Number.POSITIVE_INFINITY);
      if (keyword === 'additionalProperties' && params.unexpected === undefined) trail.push('\uffff');
      break;
    }
    if (keyword === 'items') trail.push(Number(instance.shift()));
    else if (keyword === 'additionalProperties') trail.push(instance.shift() ?? '');
    else if (keyword === 'properties' || keyword === 'patternProperties') {
      // `patternProperties` replaces `properties` for a property named `__proto__`.
      trail[trail.length - 1] = 'properties';
      trail.push(instance.shift() ?? '');
      at++;
    } else if (keyword === 'anyOf' || keyword === 'oneOf' || keyword === 'allOf') {
      trail.push(Number(schema[at + 1]));
      at++;
    }
  }
  return trail;
}

function compare(a: Trail, b: Trail): number {
  for (let at = 0; at < a.length && at < b.length; at++) {
    const left = a[at] as string | number;
    const right = b[at] as string | number;
    if (left !== right) return left < right ? -1 : 1;
  }
  return a.length - b.length;
}
