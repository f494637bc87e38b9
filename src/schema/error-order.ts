/**
 * The order in which the family's other implementations find the faults of a value: keywords and names by alphabet,
 * entries by index, what is inside of a member before what comes after it. ajv has an order of its own.
 */
import type { ErrorObject } from 'ajv';

/** The steps from the root to a fault: keywords, names and indexes. */
type Trail = readonly (string | number)[];

/** `errors` in that order. Their schema has no references, or they stay in ajv's order where the trails are equal. */
export function sortByEvaluation(errors: readonly ErrorObject[]): readonly ErrorObject[] {
  return errors
    .map((error) => ({ error, trail: buildTrail(error) }))
    .sort((a, b) => compare(a.trail, b.trail))
    .map(({ error }) => error);
}

/** The way through the schema, with the names and indexes of the value put in where a keyword goes into it. */
function buildTrail({ schemaPath, instancePath, params }: ErrorObject): Trail {
  const schema = schemaPath.split('/').slice(1);
  const instance = instancePath.split('/').slice(1);
  const trail: (string | number)[] = [];
  for (let at = 0; at < schema.length; at++) {
    const keyword = schema[at] as string;
    const isLast = at === schema.length - 1;
    trail.push(keyword);
    if (isLast) {
      // That a list or map was not looked at to its end is said after its entries.
      if (keyword === 'items') trail.push(Number.POSITIVE_INFINITY);
      if (keyword === 'additionalProperties' && params.unexpected === undefined) trail.push('\uffff');
      break;
    }
    if (keyword === 'items') trail.push(Number(instance.shift()));
    else if (keyword === 'additionalProperties') trail.push(instance.shift() ?? '');
    else if (keyword === 'properties' || keyword === 'patternProperties') {
      // `patternProperties` stands for `properties` where a property is named `__proto__`.
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
