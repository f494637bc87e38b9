/**
 * The one instance of ajv. Runs in the watcher and in the command line, never in a reader.
 *
 * All faults are wanted, not only the first, and a file of 8 MiB has room for millions of them: ajv would make an object
 * of each and run out of memory. So its two keywords that go through data of any length are replaced by ones that stop.
 */
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

/** What is wrong with a value, by ajv; empty for a good one. */
export type Validate = (value: OptionValue) => readonly ErrorObject[];

/** A list or map is looked at no further once ajv has found so much inside of it. A bad condition gives about 30. */
const MAX_ERRORS_INSIDE = 500;

/** The name that a map cannot have among `properties`, because ajv leaves it out there; see {@link makePropertySchemas}. */
const PROTO = '__proto__';
const PROTO_PATTERN = `^${PROTO}$`;

/** Made when it is needed first: merely importing this file costs nothing. */
let ajv: Ajv | undefined;

/** A validator for `schema`, compiled when it is called first; that takes a millisecond or many. */
export function makeValidator(schema: JsonSchema): Validate {
  let validate: ValidateFunction | undefined;
  return (value) => {
    ajv ??= makeAjv();
    validate ??= ajv.compile(schema);
    if (validate(value)) return [];
    const errors = validate.errors ?? [];
    // They hold the value, and the function would hold them until it fails again: for a large one that is 200 MB.
    validate.errors = null;
    return errors;
  };
}

/** The keywords of an object schema that say what its properties are. */
export function makePropertySchemas(properties: ReadonlyMap<string, JsonSchema>): JsonSchema {
  const named: [string, JsonSchema][] = [];
  let proto = {};
  for (const [name, schema] of properties) {
    if (name === PROTO) proto = { patternProperties: { [PROTO_PATTERN]: schema } };
    else named.push([name, schema]);
  }
  return { properties: Object.fromEntries(named), ...proto };
}

function makeAjv(): Ajv {
  const instance = new Ajv({
    allErrors: true,
    // The data and the schema of a fault, for its wording.
    verbose: true,
    // A property called `toString` is missing where only the prototype has it.
    ownProperties: true,
    // The schemas are our own: to check them against the meta-schema of JSON schemas costs time at start only.
    strict: false,
    meta: false,
    validateSchema: false,
    // It would write to the host's console.
    logger: false,
    // Its pass over the generated code costs a third of the time to compile; V8 does as well without.
    code: { optimize: false },
  });
  for (const definition of [ITEMS, ADDITIONAL_PROPERTIES]) {
    instance.removeKeyword(definition.keyword as string);
    instance.addKeyword(definition);
  }
  return instance;
}

/** `items`: one schema for all entries of a list. */
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
      // 0: the index is a number, not a name that has to be escaped in a pointer.
      context.subschema({ keyword: 'items', dataProp: index, dataPropType: 0 }, gen.name('valid'));
    });
  },
};

/** `additionalProperties`: false, or the schema of what is not among `properties`. */
const ADDITIONAL_PROPERTIES: CodeKeywordDefinition = {
  keyword: 'additionalProperties',
  type: 'object',
  schemaType: ['boolean', 'object'],
  trackErrors: true,
  // Without `unexpected` it is the same fault as that of `items`.
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
        // Not `dataProp: key`, with which ajv would put the whole key into the pointer of each fault below.
        Object.assign(it, { errorPath: str`${errorPath}${_`"/" + ${step}(${key})`}` });
        context.subschema({ keyword: 'additionalProperties', data: _`${data}[${key}]` }, gen.name('valid'));
        Object.assign(it, { errorPath });
      });
    });
  },
};

/** Ends the loop that is being generated, at run time, when enough faults were found since it began. */
function breakAtLimit(context: KeywordCxt): void {
  const { gen, errsCount } = context;
  // `errors` is what ajv's generated code calls its count of faults.
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

/** The own names of `data` that are not `known`. */
function listOthers(data: object, known: ReadonlySet<string>): readonly string[] {
  return Object.keys(data).filter((name) => !known.has(name));
}
