/** Tests that docs/flags.md has a row for each reason and each operator, and no others. */
import { readFileSync } from 'node:fs';
import { FeatureReason } from 'sentry-options';
import { expect, it } from 'vitest';
import { REASON_TEXTS } from '../../src/features/evaluation.js';
import { FEATURE_RULES } from '../../src/schema/feature-rules.js';

const page = readFileSync(new URL('../../docs/flags.md', import.meta.url), 'utf8');

/** Returns the code spans in the first cells of the tables below a heading. */
function readFirstCells(heading: string): string[] {
  const section = page.split(/^## /m).find((part) => part.startsWith(`${heading}\n`)) ?? '';
  const cells = [...section.matchAll(/^\| ([^|]*) \|/gm)].map((match) => match[1] as string);
  return cells.flatMap((cell) => [...cell.matchAll(/`(\w+)`/g)].map((match) => match[1] as string));
}

it('The table of reasons lists all reasons and no others', () => {
  expect(readFirstCells('Reasons')).toEqual(Object.keys(FeatureReason));
  expect(Object.values(FeatureReason)).toEqual(Object.keys(FeatureReason));
});

it('The table of reasons explains each reason in the words of REASON_TEXTS', () => {
  for (const [reason, text] of Object.entries(REASON_TEXTS)) {
    const because = new RegExp(`^\\| \`${reason}\` \\| (?:yes|no) \\| ([^|]*) \\|`, 'm').exec(page)?.[1];
    expect([reason, because]).toEqual([reason, expect.stringContaining(text)]);
  }
});

it('The table of conditions lists all operators and no others', () => {
  // All operators that the schema of flags allows.
  const operators = JSON.stringify(FEATURE_RULES).match(/(?<="operator":\{"type":"string","enum":\[")\w+/g) ?? [];
  expect(operators.length).toBe(8);
  expect(readFirstCells('Conditions').sort()).toEqual([...operators].sort());
});
