/**
 * The keywords of JSON Schema that people expect in the definition of an option, and that no client of the family
 * supports: what to do instead. Pure; runs with the validator, never in a reader.
 */

const CHECK =
  'no client of sentry-options checks more than the type; remove this, and check the value in the service (onChange)';
const DESCRIBE = 'write it into "description"';

/** What to do instead of each keyword. */
const INSTEAD: ReadonlyMap<string, string> = new Map([
  ...['enum', 'const', 'pattern', 'format', 'minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum'].map(toCheck),
  ...['multipleOf', 'minLength', 'maxLength', 'minItems', 'maxItems', 'uniqueItems', 'contains', 'prefixItems'].map(
    toCheck,
  ),
  ...['minProperties', 'maxProperties', 'propertyNames', 'anyOf', 'oneOf', 'allOf', 'not', 'if'].map(toCheck),
  ...['title', 'examples', 'deprecated', '$comment'].map((name) => [name, DESCRIBE] as const),
  ['$ref', 'only a feature flag has a "$ref", and its name must begin with "feature."'],
  ['nullable', 'no value can be null, but a field of an object can have "optional": true'],
  ['required', 'each field of an object is required unless it has "optional": true'],
]);

function toCheck(name: string): readonly [string, string] {
  return [name, CHECK];
}

/** Returns what to do instead of the keyword `name`; undefined if it is none of them. */
export function adviseOnKeyword(name: string): string | undefined {
  return INSTEAD.get(name);
}
