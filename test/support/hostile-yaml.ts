/** Makes YAML of each kind that might take a parser more time than its length, valid or not. */

const fill = (part: string, length: number): string => part.repeat(Math.ceil(length / part.length));
/** Each part with a number, and so with a name of its own. */
const number = (length: number, part: (index: number) => string): string => {
  const parts: string[] = [];
  for (let made = 0; made < length; made += (parts.at(-1) as string).length) parts.push(part(parts.length));
  return parts.join('');
};
/** Lines that are indented one space more, each. */
const deepen = (length: number, line: string): string => {
  const lines: string[] = [];
  for (let made = 0; made < length; made += (lines.at(-1) as string).length)
    lines.push(' '.repeat(lines.length) + line);
  return lines.join('');
};

/** Makers of texts of about `length` characters. */
export const YAML_KINDS: Readonly<Record<string, (length: number) => string>> = {
  // Scalars.
  'digits and a letter': (n) => `a: ${fill('1', n)}x`,
  'digits, a point and a letter': (n) => `a: ${fill('1', n)}.x`,
  'a large integer': (n) => `a: 1${fill('0', n)}`,
  'lines of a plain scalar': (n) => `a:\n${fill('  word\n', n)}`,
  'colons in a plain scalar': (n) => `a: ${fill('x:', n)}y`,
  'spaces in a plain scalar': (n) => `a: x${fill(' ', n)}y`,
  'blank lines in a plain scalar': (n) => `a: x\n${fill('   \n', n)}  y`,
  'lines without a colon': (n) => fill('x y\n', n),
  // Quotes.
  'escapes in single quotes': (n) => `a: '${fill("''", n)}'`,
  'lines in single quotes': (n) => `a: '${fill('x\n  ', n)}'`,
  'blank lines in single quotes': (n) => `a: 'x${fill(' \n ', n)}y'`,
  'an open single quote': (n) => `a: '${fill("''", n)}`,
  'escapes in double quotes': (n) => `a: "${fill('\\n\\u0041\\\\', n)}"`,
  'invalid escapes': (n) => `a: "${fill('\\q', n)}"`,
  'blank lines in double quotes': (n) => `a: "x${fill(' \n ', n)}y"`,
  'an open double quote': (n) => `a: "${fill('\\"', n)}`,
  'an open double quote with backslashes': (n) => `a: "${fill('\\\\', n)}`,
  // Blocks.
  'a block': (n) => `a: |\n${fill('  xyz\n', n)}`,
  'a block that ends with empty lines': (n) => `a: |\n  x${fill('\n', n)}`,
  'a block that ends with spaces': (n) => `a: |\n  x\n${fill('  \n', n)}`,
  'a folded block': (n) => `a: >\n${fill('  x\n   y\n\n', n)}`,
  // Flow collections.
  'a flow list': (n) => `a: [${fill('1,', n)}]`,
  'open brackets': (n) => `a: ${fill('[', n)}`,
  'open braces': (n) => `a: ${fill('{', n)}`,
  'open brackets and braces': (n) => fill('[a: {b: ', n),
  'many deep lists': (n) => `a: [${fill(`${'['.repeat(100)}${']'.repeat(100)},`, n)}]`,
  'a deep key': (n) => `a: ${'['.repeat(110)}${fill('1,', n)}2${']: 1'.repeat(110)}`,
  'a flow mapping': (n) => `a: {${number(n, (i) => `k${i}: 1,`)}}`,
  'pairs in a flow list': (n) => `a: [${number(n, (i) => `k${i}: 1,`)}]`,
  'lists as keys': (n) => `a: [${fill('[1]: 2,', n)}]`,
  commas: (n) => `a: [${fill(',', n)}]`,
  'comments in a flow list': (n) => `a: [\n${fill('1, # c\n', n)}]`,
  'empty lines, then comments in a flow list': (n) => `a: [${fill('\n', n / 2)}${fill(' # c\n', n / 2)}]`,
  'a flow list that does not end': (n) => `a: [${fill('1,', n)}`,
  'collections next to each other': (n) => `a: ${fill('[]', n)}`,
  // Block collections.
  'a mapping': (n) => number(n, (i) => `k${i}: 1\n`),
  'a duplicate key': (n) => `a:\n${fill('  k: 1\n', n)}`,
  'a duplicate key at the top': (n) => fill('k: 1\n', n),
  'long keys': (n) => number(n, (i) => `${'x'.repeat(500)}${i}: 1\n`),
  'a key of many lines': (n) => `"${fill('\n', n)}": 1`,
  'explicit keys': (n) => fill('? a\n: b\n', n),
  'explicit keys in each other': (n) => fill('? ', n),
  'explicit keys of lists': (n) => `a:\n  ${fill('? - ', n)}a`,
  'empty lines before values': (n) => fill('? a\n\n\n: b\n', n),
  'values of one key': (n) => `? a\n${fill(': \n', n)}`,
  'colons on one line': (n) => fill('a: ', n),
  'a deep mapping': (n) => deepen(n, 'a:\n'),
  'tabs as indentation': (n) => `a:\n${fill('\tb: 1\n', n)}`,
  'mappings in a list': (n) => `a:\n${fill('  - b: 1\n    c: 2\n', n)}`,
  // Comments and empty lines.
  'comments at the top': (n) => `${fill('# c\n', n)}a: 1`,
  'comments between': (n) => `a:\n${number(n, (i) => `  # c\n  k${i}: 1\n`)}`,
  'comments on lines': (n) => `a:\n${number(n, (i) => `  k${i}: 1 # c\n`)}`,
  'a long comment': (n) => `a: 1 #${fill('x', n)}`,
  'comments that end a list': (n) => `a:\n  - 1\n${fill('   # c\n', n)}  - 2`,
  'comments after an anchor': (n) => `a: &a\n${fill('  # c\n', n)}  b: 1`,
  'comments in a deep mapping': (n) => `a:\n  b:\n    c: 1\n${fill('    # c\n  # d\n', n)}`,
  'empty lines and then comments after a block': (n) => `a: |\n  x\n${fill('\n', n / 2)}${fill(' # c\n', n / 2)}`,
  'empty lines and then comments after a block in a list': (n) =>
    `- |\n  x\n${fill('\n', n / 2)}${fill(' # c\n', n / 2)}`,
  'empty lines and then comments in a mapping': (n) => `a:\n  b:\n${fill('\n', n / 2)}${fill('    # c\n', n / 2)}`,
  'empty lines and then comments in a list': (n) => `a:\n  -\n${fill('\n', n / 2)}${fill('    # c\n', n / 2)}`,
  'empty lines': (n) => `${fill('\n', n)}a: 1`,
  'blank lines': (n) => `${fill('   \n', n)}a: 1`,
  'carriage returns': (n) => `a: x${fill('\r', n)}y`,
  // Anchors, aliases, tags, documents.
  anchors: (n) => `a:\n${number(n, (i) => `  - &a${i} 1\n`)}`,
  aliases: (n) => `a: &a 1\nb:\n${fill('  - *a\n', n)}`,
  'aliases of many anchors': (n) => `a:\n${number(n, (i) => `  - &a${i} 1\n  - *a${i}\n`)}`,
  'aliases in each other': (n) => number(n, (i) => `k${i}: &a${i} [${i > 0 ? `*a${i - 1}` : '1'}]\n`),
  'an alias within its anchor': (n) => `a: &a [${fill('*a,', n)}]`,
  'anchors of one name': (n) => `a:\n${fill('  - &a [*a, 1]\n', n)}`,
  'aliases of a definition with a custom tag': (n) => `definitions: &a [!x 1]\noptions:\n${fill('  - *a\n', n)}`,
  'definitions without JSON': (n) => `definitions:\n${fill('  - {<<: 1, ~: .inf, [a]: !x b}\n', n)}`,
  'options again and again': (n) => fill('options: {a: .inf}\n', n),
  'anchors on one line': (n) => `a: ${fill('&a ', n)}1`,
  'a long anchor': (n) => `a: &${fill('x', n)} 1`,
  'merge keys': (n) => `a: &a {x: 1}\nb:\n${fill('  - <<: *a\n', n)}`,
  tags: (n) => `a:\n${fill('  - !!str 1\n', n)}`,
  'custom tags': (n) => `a:\n${fill('  - !x 1\n', n)}`,
  'a long tag': (n) => `a: !${fill('x', n)} 1`,
  'escapes in a tag': (n) => `a: !!${fill('%41', n)} 1`,
  documents: (n) => fill('---\na: 1\n', n),
  directives: (n) => `${fill('%FOO x\n', n)}---\na: 1`,
  'directives for tags': (n) => `${number(n, (i) => `%TAG !e${i}! tag:x\n`)}---\na: 1`,
  'a long directive': (n) => `%${fill('x ', n)}\n---\n`,
};
