/**
 * Compares our issues with those of the Rust core. Ours say more: what to do, and all candidates. And they are fewer if
 * one mistake has several issues there.
 */

/** Texts of the Rust core, and ours. */
const TEXTS: readonly (readonly [RegExp, string])[] = [
  [
    /does not match "\^\[0-9\]\{4\}-[^ ]*"$/,
    'is not a date, as 2026-01-31, or a time, as 2026-01-31T12:00:00 or 2026-01-31T12:00:00+00:00',
  ],
  [/does not match "\^\[0-9\]\+\\\.\[0-9\]\+\$"$/, 'is not two numbers with a point between them, as "1.0"'],
  [/does not match "#\/definitions\/Feature"$/, 'is not "#/definitions/Feature"'],
  [/"string", "integer" or 4 other candidates$/, '"string", "integer", "number", "boolean", "array" or "object"'],
];

/** Returns a line of the Rust core with our text. */
export function toOurText(line: string): string {
  return TEXTS.reduce((text, [pattern, ours]) => text.replace(pattern, () => ours), line);
}

/** Whether our line is that of the Rust core, perhaps with what to do after it. */
export function isSameLine(theirs: string, ours: string): boolean {
  return ours === theirs || ours.startsWith(`${theirs};`);
}

const CONDITION = /\/segments\/\d+\/conditions\/\d+/;
const IN_CONDITION = /^\t(?<condition>\S*\/segments\/\d+\/conditions\/\d+)\/(?:operator|value)(?:\/\S*)? /;

/**
 * Whether our lines of a values file are those of the Rust core, in the same order. Of the operator and the value of a
 * condition, we have the lines of one operator; the Rust core has those of all eight.
 */
export function hasSameIssues(theirs: readonly string[], ours: readonly string[]): boolean {
  const enums = new Set(theirs.filter((line) => line.includes(' is not one of ')).map(toPlace));
  const plain = theirs
    .map(toOurText)
    .filter((line) => !(line.includes(' is not of type') && enums.has(toPlace(line))) && !IN_CONDITION.test(line));
  const own = ours.filter((line) => !IN_CONDITION.test(line));
  if (plain.length !== own.length || !plain.every((line, index) => isSameLine(line, own[index] as string)))
    return false;
  const conditions = (lines: readonly string[], pattern: RegExp): Set<string | undefined> =>
    new Set(lines.filter((line) => pattern.test(line)).map((line) => CONDITION.exec(line)?.[0]));
  // Each condition with lines has some of ours, and ours are of no other condition.
  const [all, of] = [conditions(theirs, CONDITION), conditions(ours, CONDITION)];
  return all.size === of.size && [...all].every((condition) => of.has(condition));
}

function toPlace(line: string): string {
  return line.slice(0, line.indexOf(' ', 2));
}

/**
 * Whether our messages about a schema are those of the Rust core, which have no places: of a definition without a type,
 * we have one; of a flag without its prefix, of a flag that is declared as an option, and of a name that is misspelled
 * and therefore missing, too.
 */
export function hasSameSchemaMessages(theirs: readonly string[], ours: readonly string[]): boolean {
  const expected = new Set(theirs.map(toOurText));
  const own = new Set(ours.flatMap((message) => (message.startsWith('only a feature flag has') ? FLAG : [message])));
  const isUntyped = expected.has(NO_TYPE);
  const missing = [...expected].filter(
    (line) =>
      ![...own].some((message) => isSameLine(line, message)) &&
      !(isUntyped && GUESSES.includes(line)) &&
      !(line === ALTERNATIVE && expected.has(GUESSES[1] as string)) &&
      !isMisspelled(line, ours),
  );
  const more = [...own].filter((message) => ![...expected].some((line) => isSameLine(line, message)));
  return missing.length === 0 && more.length === 0;
}

/** Whether the name that a line misses is misspelled in an issue of ours, or its advice says to write it. */
function isMisspelled(line: string, ours: readonly string[]): boolean {
  if (line === NO_REFERENCE) return ours.some((message) => message.includes('; a feature flag has only a "$ref"'));
  const name = /^(".*") is a required property$/.exec(line)?.[1];
  return name !== undefined && ours.some((message) => message.endsWith(`did you mean '${JSON.parse(name)}'?`));
}

const NO_TYPE = '"type" is a required property';
const GUESSES = ['"items" is a required property', '"properties" is a required property'];
const ALTERNATIVE = '"patternProperties" is a required property';
const NO_REFERENCE = '"$ref" is a required property';
/** What the Rust core says of a flag without its prefix. */
const FLAG = [
  "Additional properties are not allowed ('$ref' was unexpected)",
  NO_TYPE,
  '"default" is a required property',
  '"description" is a required property',
];
