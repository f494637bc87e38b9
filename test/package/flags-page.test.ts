/** `docs/flags.md` says what the code does: each reason and each operator has its row, and there are no others. */
import { readFileSync } from 'node:fs';
import { FeatureReason } from 'sentry-options';
import { expect, it } from 'vitest';
import { FEATURE_RULES } from '../../src/schema/feature-rules.js';

const page = readFileSync(new URL('../../docs/flags.md', import.meta.url), 'utf8');

/** What stands in backticks in the first cells of the tables below a heading. */
function firstCells(heading: string): string[] {
  const section = page.split(/^## /m).find((part) => part.startsWith(`${heading}\n`)) ?? '';
  const cells = [...section.matchAll(/^\| ([^|]*) \|/gm)].map((match) => match[1] as string);
  return cells.flatMap((cell) => [...cell.matchAll(/`(\w+)`/g)].map((match) => match[1] as string));
}

it('the table of reasons has each of them, and nothing else', () => {
  expect(firstCells('Reasons')).toEqual(Object.keys(FeatureReason));
  expect(Object.values(FeatureReason)).toEqual(Object.keys(FeatureReason));
});

it('the table of conditions has each operator, and nothing else', () => {
  // All that the schema of flags takes.
  const operators = JSON.stringify(FEATURE_RULES).match(/(?<="operator":\{"type":"string","enum":\[")\w+/g) ?? [];
  expect(operators.length).toBe(8);
  expect(firstCells('Conditions').sort()).toEqual([...operators].sort());
});
