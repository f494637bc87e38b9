/**
 * Makes strings on which a regular expression backtracks, if it can: for each part that repeats, the strings that lead
 * to it, then the part many times, then an end that does not match.
 */

/** A part of a regular expression, as far as strings are made from it. */
type Part =
  | { readonly kind: 'atom'; readonly samples: readonly string[] }
  | { readonly kind: 'sequence'; readonly parts: readonly Part[] }
  | { readonly kind: 'choice'; readonly parts: readonly Part[] }
  | { readonly kind: 'repeat'; readonly part: Part; readonly min: number; readonly max: number };

/** A string that repeats `pump` between `before` and `after`. */
export interface Attack {
  readonly before: string;
  readonly pump: string;
  readonly after: string;
}

/** Returns `attack` as a string of about `length` characters. */
export function makeText({ before, pump, after }: Attack, length: number): string {
  return before + pump.repeat(Math.ceil(length / pump.length)) + after;
}

/** The ends of the strings: few expressions match all of them. */
const ENDS = ['', '\u0000', '\n!', 'x', ' '];

/** Characters for classes, one of each kind that expressions distinguish. */
const CHARACTERS = [...'0a_ \n\r\t-.:/@!"\\\'é\u2028\u0001\u{1F600}'];

/** Makes the attacks on `expression`. */
export function makeAttacks(expression: RegExp): readonly Attack[] {
  const root = parse(expression);
  const attacks = new Map<string, Attack>();
  const add = (before: string, pump: string): void => {
    if (pump === '') return;
    for (const after of ENDS) attacks.set(JSON.stringify([before, pump, after]), { before, pump, after });
  };
  visit(root, [''], add);
  // An expression without `^` is tried at each character, so all beginnings of a match repeat as well.
  const match = sample(root)[0] ?? '';
  for (let end = 1; end <= match.length; end++) add('', match.slice(0, end));
  return [...attacks.values()];
}

/** Calls `add` for each part of `part` that repeats, with what leads to it, and returns what leads past `part`. */
function visit(part: Part, before: readonly string[], add: (before: string, pump: string) => void): readonly string[] {
  switch (part.kind) {
    case 'atom':
      break;
    case 'sequence':
      return part.parts.reduce((leading, next) => visit(next, leading, add), before);
    case 'choice':
      return limit(part.parts.flatMap((option) => visit(option, before, add)));
    case 'repeat': {
      visit(part.part, before, add);
      if (part.max > 100) {
        const pumps = sample(part.part);
        for (const start of before) {
          for (const pump of pumps) add(start, pump);
          add(start, pumps.slice(0, 2).join(''));
        }
      }
    }
  }
  return limit(before.flatMap((start) => sample(part).map((text) => start + text)));
}

/** Returns some strings that `part` matches. */
function sample(part: Part): readonly string[] {
  switch (part.kind) {
    case 'atom':
      return part.samples;
    case 'sequence':
      return part.parts.reduce<readonly string[]>(
        (texts, next) => limit(texts.flatMap((text) => sample(next).map((more) => text + more))),
        [''],
      );
    case 'choice':
      return limit(part.parts.flatMap((option) => sample(option).slice(0, 2)));
    case 'repeat': {
      const texts = sample(part.part);
      const some = part.min > 0 ? texts.map((text) => text.repeat(part.min)) : texts;
      return limit(part.min === 0 ? [...some.slice(0, 2), ''] : some);
    }
  }
}

function limit(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)].slice(0, 4);
}

/** Parses the syntax of regular expressions that this project uses. Assertions match the empty string here. */
function parse({ source, flags }: RegExp): Part {
  let at = 0;
  const inner = flags.replace(/[gy]/g, '');

  const parseChoice = (): Part => {
    const parts = [parseSequence()];
    while (source[at] === '|') {
      at++;
      parts.push(parseSequence());
    }
    return { kind: 'choice', parts };
  };
  const parseSequence = (): Part => {
    const parts: Part[] = [];
    while (at < source.length && source[at] !== '|' && source[at] !== ')') parts.push(parseRepeat(parseAtom()));
    return { kind: 'sequence', parts };
  };
  const parseRepeat = (part: Part): Part => {
    const found = /^(?:[*+?]|\{(\d+)(,?)(\d*)\})\??/.exec(source.slice(at));
    if (found === null) return part;
    at += found[0].length;
    const [text, least, comma, most] = found;
    if (least === undefined) {
      const max = text[0] === '?' ? 1 : Number.POSITIVE_INFINITY;
      return { kind: 'repeat', part, min: text[0] === '+' ? 1 : 0, max };
    }
    const max = comma === '' ? Number(least) : most === '' ? Number.POSITIVE_INFINITY : Number(most);
    return { kind: 'repeat', part, min: Number(least), max };
  };
  const parseAtom = (): Part => {
    const rest = source.slice(at);
    const group = /^\((?:\?(?:[:=!]|<[=!]|<\w+>))?/.exec(rest)?.[0];
    if (group !== undefined) {
      at += group.length;
      const part = parseChoice();
      at++;
      return /[=!]$/.test(group) ? { kind: 'atom', samples: [''] } : part;
    }
    const text =
      /^(?:\[(?:\\.|[^\]\\])*\]|\\u\{[\dA-F]+\}|\\u[\dA-Fa-f]{4}|\\x[\dA-Fa-f]{2}|\\p\{\w+\}|\\.|[\s\S])/u.exec(
        rest,
      )?.[0] ?? '';
    at += text.length;
    if (/^(?:[$^]|\\[bB])$/.test(text)) return { kind: 'atom', samples: [''] };
    const matches = new RegExp(`^${text}$`, inner.replace('m', ''));
    const samples = [...CHARACTERS, ...text].filter((character) => matches.test(character));
    if (samples.length === 0) throw new Error(`no character for ${text} in ${source}`);
    return { kind: 'atom', samples: [...new Set(samples)].slice(0, 4) };
  };
  return parseChoice();
}
