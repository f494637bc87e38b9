/** Tests the annotations for GitHub Actions. */
import { expect, it } from 'vitest';
import { formatAnnotation, formatAnnotations } from '../../src/cli/terminal/annotations.js';

it('A message with places is an annotation for each of them, without its heading', () => {
  const message =
    'In file values/shop/eu/a.yaml: Value error for shop:\n' +
    '\tlimit "x" is not of type "integer" (values/shop/eu/a.yaml:1:18)\n' +
    '\thosts/1 (old) 2 is not of type "string" (values/shop/eu/a.yaml:2:3)';
  expect(formatAnnotations('error', message)).toBe(
    '::error file=values/shop/eu/a.yaml,line=1,col=18::limit "x" is not of type "integer"\n' +
      '::error file=values/shop/eu/a.yaml,line=2,col=3::hosts/1 (old) 2 is not of type "string"\n',
  );
});

it.each(['Namespace is missing (as ever)', 'a (b:c)', 'a (b:1)', '(:1:2)', 'a (b:1:99999999999)', ')', 'a (b:1:2) c'])(
  'A message without a place is one annotation: %s',
  (message) => {
    expect(formatAnnotations('warning', `${message}\nmore`)).toBe(`::warning::${message}%0Amore\n`);
  },
);

it('Nothing in a message or a path ends an annotation, or begins another one', () => {
  const place = { file: 'a,b:c%\n::error::x', line: 1, column: 2 };
  expect(formatAnnotation('notice', '100 %\r\n::set-env name=A::b', place)).toBe(
    '::notice file=a%2Cb%3Ac%25%0A%3A%3Aerror%3A%3Ax,line=1,col=2::100 %25%0D%0A::set-env name=A::b\n',
  );
  expect(formatAnnotations('error', 'a (b:c:1:2)')).toBe('::error file=b%3Ac,line=1,col=2::a\n');
});
