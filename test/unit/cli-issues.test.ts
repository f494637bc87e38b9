/** Tests how messages become issues for programs: as JSON, and as annotations for GitHub Actions. */
import { expect, it } from 'vitest';
import { formatAnnotation } from '../../src/cli/terminal/annotations.js';
import { splitMessage } from '../../src/cli/terminal/issues.js';

it('A message with places is an issue for each of them, without its heading', () => {
  const message =
    'In file values/shop/eu/a.yaml: Value error for shop:\n' +
    '\tlimit "x" is not of type "integer" (values/shop/eu/a.yaml:1:18)\n' +
    '\thosts/1 (old) 2 is not of type "string" (values/shop/eu/a.yaml:2:3)';
  const [file, severity] = ['values/shop/eu/a.yaml', 'error'];
  expect(splitMessage('error', message)).toEqual([
    { severity, message: 'limit "x" is not of type "integer"', file, line: 1, column: 18 },
    { severity, message: 'hosts/1 (old) 2 is not of type "string"', file, line: 2, column: 3 },
  ]);
  // A pull request knows a file of a commit, as git shows it, by its path alone.
  expect(splitMessage('error', `a (${'0a'.repeat(20)}:b/c.json:1:2)`)).toMatchObject([{ file: 'b/c.json', line: 1 }]);
});

it.each(['Namespace is missing (as ever)', 'a (b:c)', 'a (b:1)', '(:1:2)', 'a (b:1:99999999999)', ')', 'a (b:1:2) c'])(
  'A message without a place is one issue: %s',
  (text) => {
    const message = `${text}\nmore`;
    expect(splitMessage('warning', message)).toEqual([
      { severity: 'warning', message, file: null, line: null, column: null },
    ]);
  },
);

it('A path may have colons', () => {
  expect(splitMessage('error', 'a (b:c:1:2)')).toMatchObject([{ file: 'b:c', line: 1, column: 2, message: 'a' }]);
});

it('Nothing in a message or a path ends an annotation, or begins another one', () => {
  const place = { file: 'a,b:c%\n::error::x', line: 1, column: 2 };
  expect(formatAnnotation('notice', { message: '100 %\r\n::set-env name=A::b', ...place })).toBe(
    '::notice file=a%2Cb%3Ac%25%0A%3A%3Aerror%3A%3Ax,line=1,col=2::100 %25%0D%0A::set-env name=A::b\n',
  );
  expect(formatAnnotation('error', { message: 'a', file: 'b', line: null, column: null })).toBe('::error file=b::a\n');
  expect(formatAnnotation('error', { message: 'a', file: null, line: null, column: null })).toBe('::error::a\n');
});
