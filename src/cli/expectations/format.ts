/** Formats checked expectations: as lines, TAP or JUnit's XML. Pure. */
import { escapeControlChars } from '../../common/text.js';
import { formatJson } from '../terminal/format.js';
import { formatLocation } from '../terminal/format-issues.js';
import type { CheckedExpectation } from './check.js';

/** Formats the failures, each with its place and its reason. */
export function formatFailures(checked: readonly CheckedExpectation[]): string {
  return checked
    .flatMap((one) => {
      if (one.failure === undefined) return [];
      const [first = '', ...more] = one.failure.map(escapeControlChars);
      const title = escapeControlChars(nameOf(one));
      return [`${formatLocation(one.file, one)} ${title}: ${first}`, ...more.map((line) => `  ${line}`)];
    })
    .map((line) => `${line}\n`)
    .join('');
}

/** Formats all results as JSON. */
export function formatTestJson(checked: readonly CheckedExpectation[]): string {
  const tests = checked.map(({ name, namespace, target, key, file, line, column, failure }) => {
    return { name, namespace, target, key, file, line, column, failure: failure?.join('\n') ?? null };
  });
  return formatJson({ tests });
}

/**
 * Formats all results as TAP, version 14.
 *
 * @see https://testanything.org/tap-version-14-specification.html
 */
export function formatTap(checked: readonly CheckedExpectation[]): string {
  const lines = checked.flatMap((one, index) => {
    const title = escapeControlChars(nameOf(one)).replaceAll('\\', '\\\\').replaceAll('#', '\\#');
    if (one.failure === undefined) return [`ok ${index + 1} - ${title}`];
    return [
      `not ok ${index + 1} - ${title}`,
      '  ---',
      `  message: ${JSON.stringify(one.failure.join('\n'))}`,
      `  at: ${JSON.stringify(formatLocation(one.file, one))}`,
      '  ...',
    ];
  });
  return `${['TAP version 14', `1..${checked.length}`, ...lines].join('\n')}\n`;
}

/** Formats all results as the XML that JUnit writes, a suite for each file. */
export function formatJunit(checked: readonly CheckedExpectation[]): string {
  const files = new Map<string, CheckedExpectation[]>();
  for (const one of checked) files.set(one.file, [...(files.get(one.file) ?? []), one]);
  const count = (list: readonly CheckedExpectation[]): string =>
    `tests="${list.length}" failures="${list.filter(({ failure }) => failure !== undefined).length}"`;
  const suites = [...files].map(([file, list]) => {
    const cases = list.map((one) => {
      const { namespace, target, line, failure } = one;
      const name = `name=${quote(nameOf(one))} classname=${quote(`${namespace}.${target}`)}`;
      const head = `    <testcase ${name} file=${quote(file)} line="${line}"`;
      if (failure === undefined) return `${head}/>`;
      const [first = ''] = failure;
      const text = escapeXml(failure.join('\n'));
      return `${head}>\n      <failure message=${quote(first)}>${text}</failure>\n    </testcase>`;
    });
    return `  <testsuite name=${quote(file)} ${count(list)}>\n${cases.join('\n')}\n  </testsuite>`;
  });
  const root = `<testsuites name="sentry-options" ${count(checked)}>`;
  return `<?xml version="1.0" encoding="UTF-8"?>\n${root}\n${suites.join('\n')}\n</testsuites>\n`;
}

function nameOf({ namespace, target, name }: CheckedExpectation): string {
  return `${namespace}/${target}: ${name}`;
}

function quote(text: string): string {
  return `"${escapeXml(escapeControlChars(text))}"`;
}

/** Escapes text for XML, which has no control characters but tabs and line breaks. */
function escapeXml(text: string): string {
  const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
  return text
    .split('\n')
    .map(escapeControlChars)
    .join('\n')
    .replaceAll(/[&<>"]/g, (character) => entities[character] as string)
    .toWellFormed()
    .replaceAll('\uFFFE', '\uFFFD')
    .replaceAll('\uFFFF', '\uFFFD');
}
