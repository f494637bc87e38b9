/** Makes the JSON schema of a namespace's values files, for editors. Pure. */
import { compareCodePoints, truncate } from '../../common/text.js';
import type { OptionValue } from '../../common/value.js';
import { parseJson } from '../../files/strict-json.js';
import { type JsonSchema, makePropertySchemas } from '../../schema/ajv.js';
import type { NamespaceSchema } from '../../schema/namespace-schema.js';
import { FLAG_PATTERN } from '../../schema/schema-rules.js';
import { toJsonSchema, type ValueType } from '../../schema/value-validator.js';
import { FEATURE_SCHEMA } from './feature-schema.js';

/** The draft that the YAML and the JSON language server both understand. */
export const DRAFT = 'http://json-schema.org/draft-07/schema#';

/** What a schema for editors begins with: who wrote it. */
export const COMMENT =
  'Made by `sentry-options editor-schemas`. Do not edit it: change the schemas, and run that again.';

/** The maximum number of characters of a default in a description. */
const MAX_DEFAULT_LENGTH = 200;

/**
 * Accepts an option that the schema does not declare, as `validate-values` does: values may be updated before schemas.
 * The YAML language server makes an error even of a `deprecationMessage`, so that only the hover can say it.
 */
const UNKNOWN: JsonSchema = { description: 'The schema does not declare this option, so services ignore it.' };

/** The definition of a plain option; a flag has none of these properties. */
interface OptionDefinition extends ValueType {
  readonly default: OptionValue;
  readonly description: string;
}

/** Returns the JSON schema of the values files of a namespace. Does not depend on the order of its options. */
export function makeValuesSchema({ namespace, source, options, hasPatternFlags }: NamespaceSchema): JsonSchema {
  const { properties = {} } = parseJson(source).value as unknown as {
    properties?: Readonly<Record<string, OptionDefinition>>;
  };
  const flag = { $ref: '#/definitions/feature' };
  const names = [...options.keys()].sort(compareCodePoints);
  const schemas = new Map(
    names.map((name) => [
      name,
      options.get(name)?.isFlag === true ? flag : describeOption(properties[name] as OptionDefinition),
    ]),
  );
  const { properties: named, patternProperties = {} } = makePropertySchemas(schemas);
  return {
    $schema: DRAFT,
    $comment: COMMENT,
    type: 'object',
    properties: {
      options: {
        type: 'object',
        description: `The options of ${namespace}.`,
        properties: named,
        patternProperties: { ...(patternProperties as object), ...(hasPatternFlags ? { [FLAG_PATTERN]: flag } : {}) },
        additionalProperties: UNKNOWN,
      },
      definitions: { type: 'object', description: 'Values to repeat by anchors. Services do not read them.' },
    },
    required: ['options'],
    additionalProperties: false,
    definitions: { feature: FEATURE_SCHEMA },
  };
}

/**
 * Makes the schema of a plain option. Its text is a `description`, never a `markdownDescription`: editors show it as it
 * is, so that a schema of another team cannot show links or pictures.
 */
function describeOption(definition: OptionDefinition): JsonSchema {
  const { description, default: value } = definition;
  const shown = `Default: ${truncate(JSON.stringify(value), MAX_DEFAULT_LENGTH)}`;
  return {
    description: [description.trim(), shown].filter((text) => text !== '').join('\n\n'),
    ...(isSafeSnippet(value) ? { default: value } : {}),
    ...toJsonSchema(definition, 'any'),
  };
}

/**
 * Whether an editor may insert `value`. The YAML language server inserts the entries of a list as they are into the text
 * of a snippet, where `$CLIPBOARD` is a variable.
 */
function isSafeSnippet(value: OptionValue): boolean {
  return typeof value !== 'object' || !JSON.stringify(value).includes('$');
}
