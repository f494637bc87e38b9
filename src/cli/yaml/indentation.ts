/** Finds the line of a YAML text whose indentation fits no line above. Pure. */

/** A line of a text. */
interface Line {
  /** The offset of its beginning, and of the beginning of the next one. */
  readonly start: number;
  readonly next: number;
  /** The number of spaces before its content. */
  readonly indent: number;
  /** Without spaces and comments around it; '' if there is nothing else. */
  readonly content: string;
}

/** The number of characters of a line that count: more than a person writes. */
const MAX_LENGTH = 10_000;

/** Returns the line that contains an offset. */
export function lineAt(text: string, offset: number): Line {
  return readLine(text, text.lastIndexOf('\n', offset - 1) + 1);
}

function readLine(text: string, start: number): Line {
  const end = text.indexOf('\n', start);
  const next = end < 0 ? text.length : end + 1;
  const line = text.slice(start, Math.min(next, start + MAX_LENGTH)).trimEnd();
  const indent = /^ */.exec(line)?.[0].length ?? 0;
  const content = line
    .slice(indent)
    .replace(/(?:^| )#.*$/, '')
    .trimEnd();
  return { start, next, indent, content };
}

/** Finds the first such line that begins at `from` or later, or the last line before. */
export function findWrongIndent(
  text: string,
  from: number,
): { readonly message: string; readonly offset: number } | undefined {
  /** The indentations of the open lists and mappings. */
  let levels: number[] = [];
  /** Whether the line before opens a deeper level. */
  let opens = true;
  /** A block of text: the indentation of its key, and of its first line. */
  let block: { readonly key: number; text?: number } | undefined;
  let brackets = 0;
  for (let at = 0; at < text.length; ) {
    const line = readLine(text, at);
    at = line.next;
    if (line.content === '') continue;
    if (block !== undefined && line.indent > block.key) {
      block.text ??= line.indent;
      if (line.indent < block.text && line.start >= from) return describe(line, [block.text]);
      continue;
    }
    block = undefined;
    const isWithin = brackets > 0;
    brackets = Math.max(0, brackets + countBrackets(line.content, isWithin));
    // Within brackets, any indentation is valid.
    if (isWithin) continue;
    const kept = levels.filter((level) => level <= line.indent);
    const isDeeper = opens && line.indent > (levels.at(-1) ?? -1);
    if (kept.at(-1) !== line.indent && !isDeeper) {
      if (line.start >= from) return describe(line, levels);
    }
    levels = kept.at(-1) === line.indent ? kept : [...kept, line.indent];
    // Each `- ` before the content opens a level.
    let { content, indent } = line;
    for (let dash = /^- +/.exec(content); dash !== null; dash = /^- +/.exec(content)) {
      content = content.slice(dash[0].length);
      indent += dash[0].length;
      if (/^[^\s].*:(?: |$)/.test(content) || content.startsWith('- ')) levels.push(indent);
    }
    if (/(?:^|[:-] )[|>][-+\d]*$/.test(content))
      block = /\d/.test(content.slice(content.search(/[|>][-+\d]*$/)))
        ? { key: line.indent, text: 0 }
        : { key: line.indent };
    opens = /:$|^-$|: [&!]\S+$/.test(content) || block !== undefined;
  }
  return undefined;
}

/** Counts the brackets that a line opens, less those that it closes. In a text without quotes, brackets do not count. */
function countBrackets(content: string, isWithin: boolean): number {
  const plain = content.replaceAll(/"(?:[^"\\]|\\.)*"|'[^']*'/g, '');
  if (!isWithin && !/(?:^|[:-] +)[[{]/.test(plain)) return 0;
  return plain.replaceAll(/[^[{]/g, '').length - plain.replaceAll(/[^\]}]/g, '').length;
}

function describe({ start, indent }: Line, levels: readonly number[]) {
  const allowed = [...new Set(levels)].sort((a, b) => a - b);
  const [last, ...others] = [...allowed].reverse();
  const list = others.length === 0 ? `${last}` : `${others.reverse().join(', ')} or ${last}`;
  const message = `the line is indented by ${indent} ${indent === 1 ? 'space' : 'spaces'}, which fits no line above; indent it by ${list}`;
  return { message, offset: start + indent };
}
