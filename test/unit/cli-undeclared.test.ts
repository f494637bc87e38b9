/** What commands say of options that no schema declares. */
import { describe, expect, it } from 'vitest';
import { readSchemas } from '../../src/cli/schemas/read.js';
import { loadTargetValues } from '../../src/cli/values/load.js';
import { CollectedOutput } from '../support/collected-output.js';
import { ValuesTree } from '../support/values-tree.js';

const FLAG = '{ owner: { team: cart }, created_at: 2026-11-01, segments: [] }';
const EXPECTED = 'This is expected during deployments when values are updated before schemas.';

/** Returns the warnings about values of `shop`, which has the option `motd`, these flags, and flags by pattern. */
function warn(yaml: string, flags: object = {}): readonly string[] {
  const tree = new ValuesTree();
  const properties = { motd: { type: 'string', default: '', description: 'd' }, ...flags };
  const patternProperties = { '^feature\\.': { $ref: '#/definitions/Feature' } };
  tree.write(
    'schemas/shop/schema.json',
    JSON.stringify({ version: '1.0', type: 'object', properties, patternProperties }),
  );
  tree.values(yaml);
  const output = new CollectedOutput();
  loadTargetValues(`${tree.directory}/values`, readSchemas(`${tree.directory}/schemas`, output), output);
  return output.warnings.map(({ message }) => message.replace('Ignoring unknown option', ''));
}

describe('an option that no schema declares', () => {
  it('A flag without its prefix is a mistake, although a pattern declares all flags', () => {
    expect(warn(`html: ${FLAG}`)).toEqual([
      "; it looks like a flag, whose name must begin with 'feature.': did you mean 'feature.html'?",
    ]);
    expect(warn('html: { owner: { team: cart } }')).toEqual([`. ${EXPECTED}`]);
  });

  it('A flag of the schema without its prefix is named, whatever its value is', () => {
    expect(warn('wave: true', { 'feature.wave': { $ref: '#/definitions/Feature' } })).toEqual([
      `; did you mean 'feature.wave'? ${EXPECTED}`,
    ]);
  });

  it('Options below the name of their namespace are one level too deep', () => {
    expect(warn(`shop: { motd: hi, feature.html: ${FLAG} }`)).toEqual([
      "; write what is below 'shop:' directly below 'options:'",
    ]);
    expect(warn('shop: { motd: hi, other: 1 }')).toEqual([`. ${EXPECTED}`]);
    expect(warn('shop: {}')).toEqual([`. ${EXPECTED}`]);
  });

  it('An option to come may have the names of others in it', () => {
    expect(warn('page: { motd: hi }')).toEqual([
      `; if the options in it are meant, write what is below 'page:' directly below 'options:'. ${EXPECTED}`,
    ]);
  });
});
