/** Values files that are symbolic links: the answers of the Rust command line, and what ours adds to them. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { replayTopic } from '../support/cli-replay.js';
import { runCli } from '../support/run-cli.js';
import { ValuesTree } from '../support/values-tree.js';

replayTopic('links', { concurrent: true });

/** A tree with a value of the target `default`, and links by their path below `values/shop`. */
function makeTree(links: Record<string, string>): ValuesTree {
  const tree = new ValuesTree();
  tree.values('integer: 1');
  for (const [path, target] of Object.entries(links)) {
    mkdirSync(join(tree.directory, 'values/shop', path, '..'), { recursive: true });
    symlinkSync(target, join(tree.directory, 'values/shop', path));
  }
  return tree;
}

/** Runs each command that reads values files. */
async function runAll(tree: ValuesTree) {
  return await Promise.all([
    tree.run('validate-values'),
    tree.run('write', ['--out', 'out']),
    runCli(['check-option-usage', '--root', 'values', '--deletions', 'shop:integer'], { cwd: tree.directory }),
  ]);
}

describe('a link among the values', () => {
  it('Each command names the link if it cannot read the file behind it', async () => {
    const tree = makeTree({
      'eu/device.yaml': '/dev/null',
      'eu/directory.yaml': '../default',
      'eu/fifo.yaml': '../../../fifo',
      'eu/large.yaml': '../../../large',
      'eu/lost.yaml': 'nowhere',
      'eu/loop.yaml': '../us/loop.yaml',
      'us/loop.yaml': '../eu/loop.yaml',
      'us/lost.yaml': '../eu/lost.yaml',
    });
    execFileSync('mkfifo', [join(tree.directory, 'fifo')]);
    tree.write('large', Buffer.alloc(8 * 1024 * 1024 + 1, ' '));
    for (const { code, stdout, stderr } of await runAll(tree)) {
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      const errors = stderr.split('\n').filter((line) => line.startsWith('ERROR'));
      const loop = (path: string) =>
        `${path} cannot be read (ELOOP: too many symbolic links encountered, open '${path}')`;
      expect(errors).toEqual(
        [
          'values/shop/eu/device.yaml is a device, not a regular file',
          'values/shop/eu/directory.yaml is a directory, not a regular file',
          'values/shop/eu/fifo.yaml is a FIFO, not a regular file',
          'values/shop/eu/large.yaml must have at most 8388608 bytes; got 8388609',
          loop('values/shop/eu/loop.yaml'),
          'values/shop/eu/lost.yaml is a symbolic link to nowhere, which leads to no file',
          loop('values/shop/us/loop.yaml'),
          'values/shop/us/lost.yaml is a symbolic link to ../eu/lost.yaml, which leads to no file',
        ].map((message) => `ERROR sentry-options: ${message}`),
      );
    }
  });

  it('A link at a wrong depth is an error, wherever it leads, if its name is that of a values file', async () => {
    const tree = makeTree({
      'linked.yaml': 'default/values.yaml',
      'eu/more/linked.yaml': '../../default/values.yaml',
      'eu/old.yml': 'nowhere',
      'eu/README': 'nowhere',
    });
    symlinkSync('shop', join(tree.directory, 'values/linked.yaml'));
    const depth = 'expected namespace/target/file.yaml below values';
    // check-option-usage, the last one, reads files at any depth.
    for (const { code, stderr } of (await runAll(tree)).slice(0, 2)) {
      expect(code).toBe(1);
      expect(stderr.split('\n').slice(0, -1)).toEqual(
        [
          `Invalid directory structure in values/linked.yaml: ${depth}`,
          `Invalid directory structure in values/shop/eu/more/linked.yaml: ${depth}`,
          'Invalid file values/shop/eu/old.yml: expected .yaml, found .yml; rename it',
          `Invalid directory structure in values/shop/linked.yaml: ${depth}`,
        ].map((message) => `ERROR sentry-options: ${message}`),
      );
    }
  });

  it('No command enters a linked directory, and each names it', async () => {
    const tree = makeTree({
      us: 'default',
      again: '../..',
      // The kubelet's own link, a file, and nothing.
      '..data': 'default',
      README: 'default/values.yaml',
      lost: 'nowhere',
    });
    for (const { code, stderr } of await runAll(tree)) {
      expect(code).toBe(0);
      expect(stderr).toContain(
        ' INFO sentry-options: No values are read from linked directories: values/shop/again, values/shop/us. ' +
          'Link each file instead\n',
      );
      expect(stderr).not.toContain('WARN');
    }
  });

  it('A linked directory does not count as the target default', async () => {
    const tree = new ValuesTree();
    tree.write('values/shop/eu/a.yaml', 'options: {}\n');
    symlinkSync('eu', join(tree.directory, 'values/shop/default'));
    const { code, stderr } = await tree.run('validate-values');
    expect(code).toBe(1);
    expect(stderr).toBe(
      "ERROR sentry-options: Namespace 'shop' is missing required 'default' target: values/shop/default is a link to " +
        'a directory, which is not entered. Link each file instead\n',
    );
  });

  it('An issue behind a link has the path of the link, with the line and column in the file', async () => {
    const tree = makeTree({ 'eu/a.yaml': '../../../outside' });
    tree.write('outside', '# a file of others\noptions: {integer: many}\n');
    expect((await tree.run('validate-values')).stderr).toBe(
      'ERROR sentry-options: In file values/shop/eu/a.yaml: Value error for shop:\n' +
        '\tinteger "many" is not of type "integer" (values/shop/eu/a.yaml:2:20)\n',
    );
  });

  it('write replaces the file behind a linked --out, and keeps the link', async () => {
    const tree = makeTree({ 'eu/a.yaml': '../default/values.yaml' });
    symlinkSync('map.yaml', join(tree.directory, 'link.yaml'));
    const args = ['--output-format', 'configmap', '--namespace', 'shop', '--target', 'eu', '--out', 'link.yaml'];
    expect((await tree.run('write', args)).code).toBe(0);
    expect(readFileSync(join(tree.directory, 'map.yaml'), 'utf8')).toContain('"options":{"integer":1}');
  });
});
