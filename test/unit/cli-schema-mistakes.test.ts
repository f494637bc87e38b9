/** What commands say of schemas that are probably not meant. */
import { describe, expect, it } from 'vitest';
import { warnOfPlainFlags } from '../../src/cli/schemas/probable-mistakes.js';
import { readSchemas } from '../../src/cli/schemas/read.js';
import { CollectedOutput } from '../support/collected-output.js';
import { option, ValuesTree } from '../support/values-tree.js';

describe('a schema that is probably not meant', () => {
  it('An option that is named like a flag causes a warning at its place', () => {
    const flag = { $ref: '#/definitions/Feature' };
    const tree = new ValuesTree({ a: option('string', ''), 'feature.x': option('boolean', false), 'feature.y': flag });
    const output = new CollectedOutput();
    warnOfPlainFlags(readSchemas(`${tree.directory}/schemas`, output).values(), output);
    expect(output.warnings).toEqual([
      expect.objectContaining({ message: expect.stringMatching(/^'feature.x' is no flag, .*"\$ref"/) }),
    ]);
  });

  it.each([
    ['schemas.json', "rename 'schemas.json' to it"],
    ['schema.JSON', "rename 'schema.JSON' to it"],
    ['package.json', 'each directory here must have one, so add it or remove the directory'],
  ])('A missing schema.json beside %s', (name, advice) => {
    const tree = new ValuesTree();
    tree.write(`schemas/cart/${name}`, '{}');
    const directory = `${tree.directory}/schemas`;
    expect(() => readSchemas(directory, new CollectedOutput())).toThrow(
      `Schema error in ${directory}/cart/schema.json:\n\tschema.json is missing; ${advice}`,
    );
  });
});
