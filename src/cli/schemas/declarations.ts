/** Generates TypeScript declarations of the options that schemas declare. Pure. */
import { compareCodePoints, escapeControlChars, truncate } from '../../common/text.js';
import type { OptionValue } from '../../common/value.js';
import { FLAG_PREFIX } from '../../features/feature.js';
import { parseJson } from '../../files/strict-json.js';
import type { NamespaceSchema, OptionSchema } from '../../schema/namespace-schema.js';
import type { ValueType } from '../../schema/value-validator.js';

/** The maximum number of characters of a default in a comment. */
const MAX_DEFAULT_LENGTH = 200;

/**
 * Returns a module that augments `OptionTypes` with the options of `schemas`. The result does not depend on the order
 * of the schemas or of their options.
 */
export function generateDeclarations(schemas: Iterable<NamespaceSchema>): string {
  const namespaces = [...schemas].sort((a, b) => compareCodePoints(a.namespace, b.namespace));
  const hasFlags = namespaces.some(
    ({ options, hasPatternFlags }) => hasPatternFlags || [...options.values()].some(({ isFlag }) => isFlag),
  );
  return (
    [
      '// Made by `sentry-options generate-types`. Do not edit it: change the schemas, and run that again.',
      // An import or an export makes the file a module. Without one, it would replace the declarations that it must
      // augment.
      hasFlags ? "import type { Feature } from 'sentry-options';" : 'export {};',
      '',
      "declare module 'sentry-options' {",
      '  interface OptionTypes {',
      ...namespaces.flatMap(formatNamespace),
      '  }',
      '}',
      '',
    ]
      // In a string, an escaped character is the same character; in a comment, nobody must be misled.
      .map(escapeControlChars)
      .join('\n')
  );
}

function formatNamespace({ namespace, source, options, hasPatternFlags }: NamespaceSchema): string[] {
  const { properties = {} } = parseJson(source).value as unknown as {
    properties?: Readonly<Record<string, OptionDefinition>>;
  };
  const names = [...options.keys()].sort(compareCodePoints);
  return [
    `    ${formatKey(namespace)}: {`,
    ...names.flatMap((name) =>
      formatOption(options.get(name) as OptionSchema, properties[name] as OptionDefinition).map(
        (line) => `      ${line}`,
      ),
    ),
    // Any such name compiles. An option with that prefix cannot contradict it: beside a pattern, each is a flag.
    ...(hasPatternFlags ? [`      [flag: \`${FLAG_PREFIX}\${string}\`]: Feature;`] : []),
    '    };',
  ];
}

/** The definition of a plain option; a flag has none of these properties. */
interface OptionDefinition extends ValueType {
  readonly description: string;
}

function formatOption({ name, isFlag, defaultValue }: OptionSchema, definition: OptionDefinition): string[] {
  if (isFlag) return [`${formatKey(name)}: Feature;`];
  const description = definition.description.trim();
  const about = description === '' ? [] : [...description.split(LINE_BREAK), ''];
  const comment = [...about, `@default ${formatDefault(defaultValue as OptionValue)}`];
  const lines = comment.map((line) => ` * ${formatComment(line)}`.trimEnd());
  return ['/**', ...lines, ' */', `${formatKey(name)}: ${formatType(definition)};`];
}

function formatType(type: ValueType): string {
  switch (type.type) {
    case 'integer':
      return 'number';
    case 'array':
      // readonly: values are deeply frozen.
      return type.items === undefined ? 'readonly OptionValue[]' : `readonly ${formatElement(type.items)}[]`;
    case 'object':
      return formatObject(type);
    default:
      return type.type;
  }
}

function formatElement(items: ValueType): string {
  const text = formatType(items);
  return text.startsWith('readonly ') ? `(${text})` : text;
}

function formatObject({ properties = {}, additionalProperties }: ValueType): string {
  const fields = Object.keys(properties).sort(compareCodePoints);
  const members = fields.map((name) => {
    const field = properties[name] as ValueType;
    return `readonly ${formatKey(name)}${field.optional === true ? '?' : ''}: ${formatType(field)}`;
  });
  if (additionalProperties !== undefined) {
    members.push(`readonly [key: string]: ${formatRest(Object.values(properties), additionalProperties)}`);
  } else if (fields.length === 0) {
    // The type `{}` would allow anything.
    members.push('readonly [key: string]: never');
  }
  return `{ ${members.join('; ')} }`;
}

/**
 * Returns the type of undeclared fields. TypeScript requires that an index signature allows the declared fields, too.
 */
function formatRest(fields: readonly ValueType[], rest: ValueType): string {
  const types = [rest, ...fields].map(formatType);
  if (fields.some(({ optional }) => optional === true)) types.push('undefined');
  return [...new Set(types)].join(' | ');
}

const IDENTIFIER = /^[A-Za-z_$][\w$]*$/;
/** A character that needs an escape in single quotes. */
const TO_ESCAPE = /['\\\p{Cc}]/u;

function formatKey(name: string): string {
  if (IDENTIFIER.test(name)) return name;
  return TO_ESCAPE.test(name) ? JSON.stringify(name) : `'${name}'`;
}

const LINE_BREAK = /\r\n|[\n\r\u2028\u2029]/;

/** Formats `text` as a line of a comment, so that it cannot end the comment. */
function formatComment(text: string): string {
  return text.replaceAll('*/', '*\\/').replaceAll(/\p{Cc}/gu, ' ');
}

function formatDefault(value: OptionValue): string {
  return truncate(JSON.stringify(value), MAX_DEFAULT_LENGTH);
}
