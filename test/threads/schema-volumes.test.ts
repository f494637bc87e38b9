/** Tests schemas in mounted volumes, and what a start says about a schemas directory without namespaces. */
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type OpenConfig, type OptionsStore, openOptions } from 'sentry-options';
import { ConfigMapVolume } from 'sentry-options/testing';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { loadSchemas } from '../../src/schema/load-schemas.js';
import { loadSchemasAtStart } from '../../workers/poll/schemas.js';
import { Base, integer } from '../support/base.js';

const SCHEMA = JSON.stringify({ version: '1.0', type: 'object', properties: { a: integer(1) } });

/** Opens a store, and returns its warnings so far. */
function open(base: Base, settings: OpenConfig = {}): { store: OptionsStore; warnings: string[] } {
  const warnings: string[] = [];
  const logger = { debug() {}, info() {}, warn: (message: string) => void warnings.push(message), error() {} };
  const store = openOptions({ directory: base.directory, pollInterval: null, logger, ...settings });
  onTestFinished(() => store.close());
  return { store, warnings };
}

/** Makes a base whose schemas directory is a projected volume. */
function mountSchemas(files: Record<string, string>): { base: Base; schemas: string } {
  const base = new Base({});
  const schemas = join(base.directory, 'schemas');
  new ConfigMapVolume(schemas).write(files);
  mkdirSync(join(base.directory, 'values'));
  return { base, schemas };
}

describe('a volume of schemas', () => {
  it('The schemas of a projected volume are found', async () => {
    const { base } = mountSchemas({ 'relay/schema.json': SCHEMA, 'seer/schema.json': SCHEMA });
    base.writeValues('seer', { a: 2 });
    const { store, warnings } = open(base);
    expect(store.namespaces()).toEqual(['relay', 'seer']);
    expect(store.namespace('seer').get('a')).toBe(2);
    expect(warnings).toEqual([]);
  });

  it('The schemas of a volume for each namespace are found', () => {
    const base = new Base({});
    new ConfigMapVolume(join(base.directory, 'schemas/seer')).write({ 'schema.json': SCHEMA });
    expect(open(base).store.namespaces()).toEqual(['seer']);
  });

  it('The schemas of a volume at the base directory are found', () => {
    const base = new Base({});
    rmSync(base.directory, { recursive: true });
    new ConfigMapVolume(base.directory).write({ 'schemas/seer/schema.json': SCHEMA });
    expect(open(base).store.namespaces()).toEqual(['seer']);
  });

  it('A link that leaves the volume is skipped with a warning', async () => {
    const { base, schemas } = mountSchemas({ 'seer/schema.json': SCHEMA });
    const other = new Base({ other: { a: integer(1) } });
    const links = {
      alias: 'seer',
      broken: '..data/nothing',
      outside: join(other.directory, 'schemas/other'),
      sly: `..data/../../../${other.directory}/schemas/other`,
    };
    for (const [name, target] of Object.entries(links)) symlinkSync(target, join(schemas, name));
    writeFileSync(join(schemas, 'README.md'), '');
    const { store, warnings } = open(base);
    expect(store.namespaces()).toEqual(['seer']);
    await vi.waitUntil(() => warnings.length > 0);
    expect(warnings).toEqual([expect.stringContaining(`No schema is read from links in ${schemas}: "alias" (a `)]);
    expect(warnings[0]).toMatch(/"broken" \(a symbolic link to \.\.data\/nothing, which does not exist/);
    expect(warnings[0]).toMatch(/"outside" \(.*; only links through `\.\.data` .*"sly" \(/);
    expect(warnings[0]).not.toContain('README');
  });
});

describe('a volume of schemas that is swapped while it is read', () => {
  it.each<[string, string, (namespace: string) => string]>([
    ['one volume for all namespaces', 'schemas', (namespace) => `${namespace}/schema.json`],
    ['a volume for one namespace', 'schemas/seer', () => 'schema.json'],
  ])('All schemas are of the new version of %s, and none is missing', async (_name, mounted, pathOf) => {
    const base = new Base({});
    const volume = new ConfigMapVolume(join(base.directory, mounted));
    const namespaces = mounted === 'schemas' ? ['relay', 'seer'] : ['seer'];
    const writeVersion = (version: string) => {
      const schema = JSON.stringify({ version, type: 'object', properties: { a: integer(1) } });
      volume.write(Object.fromEntries(namespaces.map((namespace) => [pathOf(namespace), schema])));
    };
    writeVersion('1.0');
    let reads = 0;
    const onFile = (path: string) => {
      if (!path.endsWith('seer/schema.json')) return;
      reads++;
      // First, the file changes after another one was read; then it is missing until the next attempt.
      if (reads === 1) writeVersion('1.1');
      if (reads === 2) volume.empty();
    };
    const clock = {
      wallTime: Date.now,
      monotonicTime: () => 0,
      timer: (_milliseconds: number, callback: () => void) => {
        if (reads === 2) writeVersion('2.0');
        setImmediate(callback);
        return () => {};
      },
    };
    const log: string[] = [];
    const schemas = await loadSchemasAtStart(
      { base: base.directory, schemas: undefined, additionalSchemas: undefined, onFile },
      { clock, onDelay: (reason) => log.push(reason), log: (_level, message) => log.push(message) },
    );
    const loaded = loadSchemas({ directory: join(base.directory, 'schemas') });
    expect(schemas.map(({ hash }) => hash)).toEqual(loaded.map(({ hash }) => hash));
    expect(schemas.map(({ namespace }) => namespace)).toEqual(namespaces);
    expect(reads).toBe(3);
    expect(log).toEqual([]);
  });
});

describe('a start without namespaces', () => {
  it('A start with an empty setting says so', async () => {
    const { warnings } = open(new Base({ seer: {} }), { schemas: {} });
    await vi.waitUntil(() => warnings.length > 0);
    expect(warnings[0]).toBe('No namespace has a schema: the setting `schemas` is empty.');
  });

  it.each<[string, Record<string, string> | undefined, string]>([
    ['a flat ConfigMap', { 'schema.json': SCHEMA }, 'it contains "schema.json" (not a directory).'],
    ['an empty volume', {}, 'it has no entries.'],
    ['an empty directory', undefined, 'it has no entries.'],
  ])('A start with %s as its schemas directory says that no namespace has a schema', async (_name, files, end) => {
    const { base, schemas } = mountSchemas(files ?? {});
    if (files === undefined) {
      rmSync(schemas, { recursive: true });
      mkdirSync(schemas);
    }
    const { warnings } = open(base);
    await vi.waitUntil(() => warnings.length > 0);
    expect(warnings).toEqual([
      `No namespace has a schema: ${schemas} must have a directory for each namespace, with a schema.json; ${end}`,
    ]);
  });
});
