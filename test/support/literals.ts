/** Finds the string literals in a TypeScript source, and joins those that `+` concatenates; finds regular expressions. */

/** Stands for an expression in a template literal. */
export const HOLE = '\u0000';

const ESCAPES: Record<string, string> = { n: '\n', t: '\t' };
/** After one of these, a slash begins a regular expression, not a division. */
const BEFORE_EXPRESSION = /(?:^|[(,=:[!&|?{};>]|\breturn)\s*$/;

/** Returns all string and template literals of `source` that are not inside a template literal. */
export function findLiterals(source: string): string[] {
  const texts: string[] = [];
  let lastEnd = -1;
  for (let at = 0; at < source.length; ) {
    const character = source[at];
    if (source.startsWith('//', at)) {
      at = findEnd(source, '\n', at);
    } else if (source.startsWith('/*', at)) {
      at = findEnd(source, '*/', at);
    } else if (beginsExpression(source, at)) {
      at = findExpressionEnd(source, at);
    } else if (character === "'" || character === '"' || character === '`') {
      const { text, end } = character === '`' ? parseTemplate(source, at) : parseString(source, at);
      const isJoined = lastEnd >= 0 && /^\s*\+\s*$/.test(source.slice(lastEnd, at));
      if (isJoined) texts.push((texts.pop() as string) + text);
      else texts.push(text);
      lastEnd = end;
      at = end;
    } else {
      at++;
    }
  }
  return texts;
}

/** Returns all regular expressions of `source`, also those in template literals. */
export function findExpressions(source: string): RegExp[] {
  const found: RegExp[] = [];
  for (let at = source.startsWith('#!') ? findEnd(source, '\n', 0) : 0; at < source.length; ) {
    const character = source[at];
    if (source.startsWith('//', at)) {
      at = findEnd(source, '\n', at);
    } else if (source.startsWith('/*', at)) {
      at = findEnd(source, '*/', at);
    } else if (beginsExpression(source, at)) {
      const end = findExpressionEnd(source, at);
      const flags = /^[a-z]*/.exec(source.slice(end))?.[0];
      found.push(new RegExp(source.slice(at + 1, end - 1), flags));
      at = end;
    } else if (character === "'" || character === '"') {
      at = parseString(source, at).end;
    } else if (character === '`') {
      const { end } = parseTemplate(source, at);
      for (let hole = source.indexOf('${', at); hole >= 0 && hole < end; ) {
        const holeEnd = findHoleEnd(source, hole + 2);
        found.push(...findExpressions(source.slice(hole + 2, holeEnd - 1)));
        hole = source.indexOf('${', holeEnd);
      }
      at = end;
    } else {
      at++;
    }
  }
  return found;
}

interface Literal {
  readonly text: string;
  readonly end: number;
}

function parseString(source: string, start: number): Literal {
  let text = '';
  let at = start + 1;
  for (; source[at] !== source[start]; at++) {
    if (source[at] === '\\') at++;
    text += source[at - 1] === '\\' ? (ESCAPES[source[at] as string] ?? source[at]) : source[at];
  }
  return { text, end: at + 1 };
}

function parseTemplate(source: string, start: number): Literal {
  let text = '';
  let at = start + 1;
  while (source[at] !== '`') {
    if (source[at] === '\\') {
      text += ESCAPES[source[at + 1] as string] ?? source[at + 1];
      at += 2;
    } else if (source.startsWith('${', at)) {
      text += HOLE;
      at = findHoleEnd(source, at + 2);
    } else {
      text += source[at++];
    }
  }
  return { text, end: at + 1 };
}

function findHoleEnd(source: string, start: number): number {
  let depth = 1;
  let at = start;
  while (depth > 0) {
    const character = source[at];
    if (character === '`') at = parseTemplate(source, at).end;
    else if (character === "'" || character === '"') at = parseString(source, at).end;
    else if (beginsExpression(source, at)) at = findExpressionEnd(source, at);
    else {
      if (character === '{') depth++;
      if (character === '}') depth--;
      at++;
    }
  }
  return at;
}

function beginsExpression(source: string, at: number): boolean {
  return source[at] === '/' && BEFORE_EXPRESSION.test(source.slice(Math.max(0, at - 30), at));
}

function findExpressionEnd(source: string, start: number): number {
  let isInClass = false;
  let at = start + 1;
  for (; source[at] !== '/' || isInClass; at++) {
    if (source[at] === '\\') at++;
    else if (source[at] === '[') isInClass = true;
    else if (source[at] === ']') isInClass = false;
  }
  return at + 1;
}

function findEnd(source: string, end: string, from: number): number {
  const at = source.indexOf(end, from);
  return at < 0 ? source.length : at + end.length;
}
