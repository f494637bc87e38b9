/** Plants one fault at a time in alert rules. The cases must find each. */
import type { Rule } from './rules.js';

/** Rules with a fault. */
export interface Mutant {
  /** Which rule has which fault. */
  readonly name: string;
  readonly rules: readonly Rule[];
}

/** What is replaced in an expression, and by what: each place at a time. */
const REPLACEMENTS: readonly (readonly [RegExp, string])[] = [
  [/== 1/g, '== 0'],
  [/== 0/g, '== 1'],
  [/> 0/g, '>= 0'],
  [/> 1\b/g, '>= 1'],
  [/> 60/g, '> 120'],
  [/> 60/g, '> 0'],
  [/offset 15m/g, 'offset 10m'],
  [/offset 15m/g, 'offset 20m'],
  [/\[20m\]/g, '[10m]'],
  [/ or sentry_options:slow_\w+ \* 0/g, ''],
  [/\(_seconds\)\?/g, ''],
  [/\(_seconds\)\?/g, '_seconds'],
  [/\b(?:cluster|region|namespace|job), (?=.*> 1)/gs, ''],
  [/crashed\|/g, ''],
  [/\|closed/g, ''],
  [/\|(?:300|1)\.0/g, ''],
  [/(?:300|1)\|/g, ''],
  [/(?<=on \(.*)\b(?:cluster|region|namespace|job), /g, ''],
];

/** Lists all rules with one fault each: an alert that is missing, waits otherwise, or has another expression. */
export function listMutants(rules: readonly Rule[]): readonly Mutant[] {
  return rules.flatMap((rule, index) => {
    const name = rule.alert ?? rule.record ?? '';
    const faults: readonly (readonly [string, readonly Rule[]])[] = [
      ['missing', []],
      ...(rule.for === undefined ? [] : changeWait(rule, rule.for)),
      ...listExpressions(rule.expr).map(([fault, expr]) => [fault, [{ ...rule, expr }]] as const),
    ];
    return faults.map(([fault, replacement]) => ({
      name: `${name}: ${fault}`,
      rules: rules.toSpliced(index, 1, ...replacement),
    }));
  });
}

function changeWait({ for: _, ...rule }: Rule, wait: string): readonly (readonly [string, readonly Rule[]])[] {
  const longer = `${Number.parseInt(wait, 10) + 1}m`;
  return [
    ['at once', [rule]],
    [`after ${longer}`, [{ ...rule, for: longer }]],
  ];
}

function listExpressions(expr: string): readonly (readonly [string, string])[] {
  const parts = splitOperands(expr);
  const shorter = parts.slice(1).map((part, index) => {
    return [`without ${part}`, parts.filter((_, other) => other !== index + 1).join(' ')] as const;
  });
  const replaced = REPLACEMENTS.flatMap(([from, to]) =>
    [...expr.matchAll(from)].map(({ 0: text, index }) => {
      const changed = expr.slice(0, index) + to + expr.slice(index + text.length);
      return [`${text} → ${to || 'nothing'}, at ${index}`, changed] as const;
    }),
  );
  return [...shorter, ...replaced];
}

/** Splits an expression before each `and`, `or` and `unless` outside of parentheses. */
function splitOperands(expr: string): readonly string[] {
  const parts: string[] = [];
  let depth = 0;
  let from = 0;
  for (const { 0: token, index } of expr.matchAll(/[(){}]| (?=(?:and|or|unless) )/g)) {
    if (token === '(' || token === '{') depth++;
    else if (token !== ' ') depth--;
    else if (depth === 0) {
      parts.push(expr.slice(from, index));
      from = index + 1;
    }
  }
  return [...parts, expr.slice(from)];
}
