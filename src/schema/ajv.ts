/** The only instance of ajv. Runs in the watcher, in tests and in the command line, never in a reader. */
import {
  _,
  Ajv,
  type CodeKeywordDefinition,
  type ErrorObject,
  type KeywordCxt,
  Name,
  str,
  type ValidateFunction,
} from 'ajv';
import type { OptionValue } from '../common/value.js';
import { toStep } from './pointer.js';

/** A JSON schema. */
export type JsonSchema = { readonly [keyword: string]: unknown };

/** Returns ajv's errors in a value; empty if the value is valid. */
export type Validate = (value: OptionValue) => readonly ErrorObject[];

/** The errors inside a list or map after which ajv skips the rest of it. An invalid condition has about 30. */
const MAX_ERRORS_INSIDE = 500;

/** The name that ajv ignores among `properties`; see {@link makePropertySchemas}. */
const PROTO = '__proto__';
const PROTO_PATTERN = `^${PROTO}$`;

/** Made on first use: merely importing this file costs nothing. */
let ajv: Ajv | undefined;

/** Makes a validator for `schema`. Its first call compiles it, which takes a millisecond or many. */
export function makeValidator(schema: JsonSchema): Validate {
  let validate: ValidateFunction | undefined;
  return (value) => {
    ajv ??= makeAjv();
    validate ??= ajv.compile(schema);
    if (validate(value)) return [];
    const errors = validate.errors ?? [];
    // The errors hold the value, and the function would hold the errors until it fails again: 200 MB for a large value.
    validate.errors = null;
    return errors;
  };
}

/** Makes the keywords of an object schema that define its properties. */
export function makePropertySchemas(properties: ReadonlyMap<string, JsonSchema>): JsonSchema {
  const named: [string, JsonSchema][] = [];
  let proto = {};
  for (const [name, schema] of properties) {
    if (name === PROTO) proto = { patternProperties: { [PROTO_PATTERN]: schema } };
    else named.push([name, schema]);
  }
  return { properties: Object.fromEntries(named), ...proto };
}

/**
 * Makes the instance. It reports all errors, not only the first, and a file of 8 MiB can have millions of them: ajv
 * would make an object of each and run out of memory. So the two keywords that iterate over data of any length, `items`
 * and `additionalProperties`, are replaced by ones that stop.
 */
function makeAjv(): Ajv {
  const instance = new Ajv({
    allErrors: true,
    // Adds the data and the schema to each error, for its message.
    verbose: true,
    // A property called `toString` is missing if only the prototype has it.
    ownProperties: true,
    // The schemas are our own: checking them against the meta-schema of JSON schemas would only cost time at startup.
    strict: false,
    meta: false,
    validateSchema: false,
    // ajv's logger would write to the host's console.
    logger: false,
    // ajv's optimizer takes a third of the time to compile; V8 runs the code as well without it.
    code: { optimize: false },
  });
  for (const definition of [ITEMS, ADDITIONAL_PROPERTIES]) {
    instance.removeKeyword(definition.keyword as string);
    instance.addKeyword(definition);
  }
  return instance;
}

/** The keyword `items`: one schema for all entries of a list. */
const ITEMS: CodeKeywordDefinition = {
  keyword: 'items',
  type: 'array',
  schemaType: 'object',
  trackErrors: true,
  error: { message: 'too many issues', params: _`{}` },
  code(context) {
    const { gen, data } = context;
    gen.forRange('i', 0, _`${data}.length`, (index) => {
      breakAtLimit(context);
      // 0: the index is a number, not a name that must be escaped in a pointer.
      context.subschema({ keyword: 'items', dataProp: index, dataPropType: 0 }, gen.name('valid'));
    });
  },
};

/** The keyword `additionalProperties`: false, or the schema of each property that is not among `properties`. */
const ADDITIONAL_PROPERTIES: CodeKeywordDefinition = {
  keyword: 'additionalProperties',
  type: 'object',
  schemaType: ['boolean', 'object'],
  trackErrors: true,
  // Without `unexpected`, the error is the one of `items`: too many issues.
  error: { message: 'unexpected', params: ({ params }) => _`{ unexpected: ${params.unexpected ?? _`undefined`} }` },
  code(context) {
    const { gen, data, schema, parentSchema } = context;
    const known = gen.scopeValue('obj', { ref: listKnownNames(parentSchema as JsonSchema) });
    if (schema === false) {
      const unexpected = gen.const('unexpected', _`${gen.scopeValue('func', { ref: listOthers })}(${data}, ${known})`);
      context.setParams({ unexpected });
      context.fail(_`${unexpected}.length > 0`);
      return;
    }
    const step = gen.scopeValue('func', { ref: toStep });
    const { it } = context;
    const { errorPath } = it;
    gen.forIn('key', data, (key) => {
      breakAtLimit(context);
      gen.if(_`!${known}.has(${key})`, () => {
        // Not `dataProp: key`: ajv would put the whole key into the pointer of each error below it.
        Object.assign(it, { errorPath: str`${errorPath}${_`"/" + ${step}(${key})`}` });
        context.subschema({ keyword: 'additionalProperties', data: _`${data}[${key}]` }, gen.name('valid'));
        Object.assign(it, { errorPath });
      });
    });
  },
};

/** Generates code that ends the surrounding loop once it has found MAX_ERRORS_INSIDE errors. */
function breakAtLimit(context: KeywordCxt): void {
  const { gen, errsCount } = context;
  // `errors` is the name of the error count in ajv's generated code.
  gen.if(_`${new Name('errors')} - ${errsCount} >= ${MAX_ERRORS_INSIDE}`, () => {
    context.error();
    gen.break();
  });
}

function listKnownNames(schema: JsonSchema): ReadonlySet<string> {
  const names = new Set(Object.keys((schema.properties as object | undefined) ?? {}));
  if (schema.patternProperties !== undefined) names.add(PROTO);
  return names;
}

/** Lists the own names of `data` that are not `known`. */
function listOthers(data: object, known: ReadonlySet<string>): readonly string[] {
  return Object.keys(data).filter((name) => !known.has(name));
}
