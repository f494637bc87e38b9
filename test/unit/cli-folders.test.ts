/** What commands say of folders and files of values whose names are probably wrong. */
import { describe, expect, it } from 'vitest';
import { readSchemas } from '../../src/cli/schemas/read.js';
import { loadTargetValues } from '../../src/cli/values/load.js';
import { CollectedOutput } from '../support/collected-output.js';
import { ValuesTree } from '../support/values-tree.js';

const NAMESPACES = ['shop', 'cart', 'mail'];

/** Returns a tree of three namespaces with their targets `default` and these files. */
function makeTree(files: Readonly<Record<string, string>>): ValuesTree {
  const tree = new ValuesTree();
  for (const name of NAMESPACES)
    tree.write(`schemas/${name}/schema.json`, '{"version": "1.0", "type": "object", "properties": {}}');
  for (const name of NAMESPACES) tree.write(`values/${name}/default/values.yaml`, 'options: {}\n');
  for (const [path, text] of Object.entries(files)) tree.write(`values/${path}`, text);
  return tree;
}

/** Returns the warnings, with paths from the directory of the tree. */
function warn(files: Readonly<Record<string, string>>): readonly string[] {
  const tree = makeTree(files);
  const output = new CollectedOutput();
  loadTargetValues(`${tree.directory}/values`, readSchemas(`${tree.directory}/schemas`, output), output);
  return output.warnings.map(({ message, files }) =>
    `[${files.join(' ')}] ${message}`.replaceAll(`${tree.directory}/values/`, ''),
  );
}

const EMPTY = 'options: {}\n';

describe('a folder of a target that is misspelled', () => {
  it('It is named where other namespaces agree, also if two letters are swapped', () => {
    expect(warn({ 'shop/ue/a.yaml': EMPTY, 'cart/eu/a.yaml': EMPTY, 'mail/eu/a.yaml': EMPTY })).toEqual([
      expect.stringMatching(
        /^\[shop\/ue\/a.yaml\] No other namespace has the target 'ue' of shop\/ue; did you mean 'eu'\?/,
      ),
    ]);
  });

  it('Where two folders disagree, one warning names both', () => {
    expect(warn({ 'shop/ue/a.yaml': EMPTY, 'mail/eu/a.yaml': EMPTY })).toEqual([
      expect.stringMatching(
        /^\[mail\/eu\/a.yaml shop\/ue\/a.yaml\] Only mail has the target 'eu', and only shop has 'ue': one of mail\/eu and shop\/ue is probably misspelled\./,
      ),
    ]);
  });
});

describe('a file of values with another name', () => {
  it.each(['values.YAML', 'values.json', 'values'])(
    '%s is named, and the target of another namespace is not',
    (name) => {
      expect(warn({ [`shop/eu/${name}`]: '{"options": {}}', 'mail/eu/values.yaml': EMPTY })).toEqual([
        `[shop/eu/${name}] shop/eu/${name} is ignored, since its name does not end with .yaml: rename it to values.yaml`,
      ]);
    },
  );

  it('The name that it gets is never that of another file', () => {
    expect(warn({ 'shop/default/values.json': '{"options": {}}' })).toEqual([
      '[shop/default/values.json] shop/default/values.json is ignored, since its name does not end with .yaml: move its options to values.yaml, and remove it',
    ]);
  });

  it.each(['notes.md', 'OWNERS', 'values.yaml~', '.values.json', 'deep/values.json', 'package.json'])(
    'Other files are no mistake: %s',
    (name) => {
      const text = name === 'package.json' || name === 'OWNERS' ? '{"name": "options"}' : EMPTY;
      expect(warn({ [`shop/default/${name}`]: text })).toEqual([]);
    },
  );

  it('As the only file of the target default, it is named by the error', () => {
    const tree = makeTree({ 'news/default/values.JSON': EMPTY, 'news/eu/values.yaml': EMPTY });
    tree.write('schemas/news/schema.json', '{"version": "1.0", "type": "object", "properties": {}}');
    const output = new CollectedOutput();
    const root = `${tree.directory}/values`;
    expect(() => loadTargetValues(root, readSchemas(`${tree.directory}/schemas`, output), output)).toThrow(
      `Namespace 'news' is missing required 'default' target: ${root}/news/default/values.JSON is ignored`,
    );
    expect(output.warnings).toEqual([]);
  });

  it('As the only file of the target default, a .yml file is the one error', () => {
    const tree = makeTree({ 'news/default/values.yml': EMPTY, 'news/eu/values.yaml': EMPTY });
    tree.write('schemas/news/schema.json', '{"version": "1.0", "type": "object", "properties": {}}');
    const output = new CollectedOutput();
    const root = `${tree.directory}/values`;
    const load = () => loadTargetValues(root, readSchemas(`${tree.directory}/schemas`, output), output);
    expect(load).toThrow(
      expect.objectContaining({
        errors: [
          { message: expect.stringContaining('found .yml; rename it'), file: `${root}/news/default/values.yml` },
        ],
      }),
    );
  });
});
