/** How two versions of the schemas are compared: each cause is one error, at its file. */
import { describe, expect, it } from 'vitest';
import { compareSchemas } from '../../src/cli/schemas/change-report.js';

type Properties = Readonly<Record<string, object>>;

const DIRECTORY = 'sentry-options/schemas';

/** Returns the result for the options of each namespace, before and after. */
function compare(
  base: Readonly<Record<string, Properties>>,
  head: Readonly<Record<string, Properties>>,
  names = ['shop', 'mail'],
) {
  const versions = [base, head].map((version, commit) =>
    Object.entries(version).map(([namespace, properties]) => {
      const source = Buffer.from(JSON.stringify({ version: '1.0', type: 'object', properties }));
      const file = `${`${commit}`.repeat(40)}:${DIRECTORY}/${namespace}/schema.json`;
      return { namespace, file, id: source.toString(), source };
    }),
  );
  const result = compareSchemas(versions, names);
  if ('messages' in result) throw new Error(result.messages.join('\n'));
  return result;
}

const option = (type: string, value: unknown, more: object = {}) => ({
  type,
  default: value,
  description: 'd',
  ...more,
});
const limit = { limit: option('integer', 1) };

describe('the errors of a change', () => {
  it('A type and a default that change together are one error', () => {
    const { changes, errors } = compare(
      { shop: { ratio: option('number', 0.5) } },
      { shop: { ratio: option('integer', 1) } },
    );
    expect(changes).toHaveLength(2);
    expect(errors).toMatchObject([
      {
        file: `${DIRECTORY}/shop/schema.json`,
        message: expect.stringMatching(
          /type changed from 'number' to 'integer', and default value changed from 0.5 to 1; running services expect the old one. Add an option/,
        ),
      },
    ]);
  });

  it('A folder of a namespace that is renamed is one error', () => {
    expect(compare({ shop: limit, mail: {} }, { store: limit, mail: {} }).errors).toEqual([
      {
        file: `${DIRECTORY}/shop/schema.json`,
        message: `Schema error in ${DIRECTORY}/shop/schema.json: Namespace 'shop' was removed; its schema is in 'store' now, and running services still read 'shop'. Rename the folder back, or keep both`,
      },
    ]);
    // A new namespace with a wrong name is an error of its own, also as a copy of another one.
    expect(compare({ shop: limit }, { shop: limit, store: limit }).errors).toMatchObject([
      { message: expect.stringContaining("Namespace 'store' is invalid") },
    ]);
    expect(compare({ shop: limit }, { shop: limit, store: {} }).errors).toHaveLength(1);
  });

  it('A directory of schemas that is gone is one error', () => {
    expect(compare({ shop: limit, mail: {} }, {}).errors).toEqual([
      `All namespaces were removed, 'mail', 'shop': the new commit has no schema in ${DIRECTORY}. If the directory was renamed, rename it back: services may still read the schemas`,
    ]);
    expect(compare({ shop: limit }, {}).errors).toMatchObject([
      { message: expect.stringContaining("'shop' was removed") },
    ]);
  });

  it('What changes and is not compared is known', () => {
    const map = (type: string) => ({ map: option('object', {}, { additionalProperties: { type } }) });
    expect(compare({ shop: map('integer') }, { shop: map('string') })).toMatchObject({
      changes: [],
      uncompared: ['shop'],
    });
    expect(compare({ shop: limit }, { shop: limit })).toMatchObject({ changes: [], uncompared: [] });
  });
});
