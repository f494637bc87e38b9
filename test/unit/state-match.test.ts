/** Tests which files a start recognizes as those of a kept snapshot. Real files. */
import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadSchemas, type SchemaSources } from '../../src/schema/load-schemas.js';
import { shareSchemas } from '../../src/schema/share-schemas.js';
import { findMatch, type Sources } from '../../src/state/match.js';
import { StateDirectory } from '../../workers/state/storage.js';
import { loadValues } from '../../workers/values/load.js';
import { Base, integer, temporaryDirectory } from '../support/base.js';
import { makeLoadRequest } from '../support/load-request.js';

type Settings = Pick<SchemaSources, 'schemas' | 'additionalSchemas'>;

/** A base directory whose values are kept. `settings`: schemas besides or instead of those on disk. */
class World {
  readonly base = new Base({ relay: { number: integer(0) }, seer: { number: integer(0) } });
  readonly stateDirectory = temporaryDirectory();
  readonly #settings: Settings;

  constructor(settings: Settings = {}) {
    this.#settings = settings;
    this.base.writeValues('seer', { number: 1 });
  }

  async keep(): Promise<this> {
    const { directory } = this.base;
    const schemas = loadSchemas({ directory: join(directory, 'schemas'), ...this.#settings });
    const result = loadValues(makeLoadRequest(directory, { schemas }));
    if (result.kind !== 'loaded') throw new Error(result.kind);
    const state = new StateDirectory(
      { directory: this.stateDirectory, validator: 1, problem: null, isAwaited: false },
      { directory, schemas, shared: shareSchemas(schemas) },
    );
    await state.prepare();
    await state.write({ generation: 1, payload: result.payload as Uint8Array, namespaces: result.namespaces });
    return this;
  }

  /** Whether a start would use the kept values. */
  matches(changes: Partial<Sources> = {}): boolean {
    const sources = {
      stateDirectory: this.stateDirectory,
      directory: this.base.directory,
      schemas: undefined,
      additionalSchemas: undefined,
      limits: { fileBytes: 1_000, payloadBytes: 2 ** 20 },
      validator: 1,
      ...(this.#settings as object),
      ...changes,
    };
    return findMatch(sources).kept !== undefined;
  }

  path(...parts: string[]): string {
    return join(this.base.directory, ...parts);
  }
}

const SCHEMA = JSON.stringify({ version: '1.0', type: 'object', properties: { number: integer(0) } });

describe('a start with a state directory', () => {
  it('The files of the kept values are recognized, whatever else their directories hold', async () => {
    const world = await new World().keep();
    expect(world.matches()).toBe(true);
    writeFileSync(world.path('schemas', 'README.md'), '');
    mkdirSync(world.path('schemas', '..2026_01_21'));
    mkdirSync(world.path('values', 'other'));
    expect(world.matches()).toBe(true);
  });

  it('Links of the kubelet are followed', async () => {
    const world = new World();
    const volume = world.path('schemas');
    mkdirSync(join(volume, '..version'));
    for (const name of ['relay', 'seer']) {
      renameSync(join(volume, name), join(volume, '..version', name));
      symlinkSync(`..data/${name}`, join(volume, name));
    }
    symlinkSync('..version', join(volume, '..data'));
    await world.keep();
    expect(world.matches()).toBe(true);
  });

  it.each<[string, Settings]>([
    ['replace', { schemas: { seer: SCHEMA, about: SCHEMA } }],
    ['add to', { additionalSchemas: { other: SCHEMA } }],
  ])('Schemas of the settings that %s those on disk are recognized', async (_, settings) => {
    const world = await new World(settings).keep();
    expect(world.matches()).toBe(true);
    const changed = Object.fromEntries(
      Object.entries(settings).map(([name, schemas]) => [
        name,
        Object.fromEntries(Object.keys(schemas ?? {}).map((namespace) => [namespace, `${SCHEMA} `])),
      ]),
    );
    expect(world.matches(changed)).toBe(false);
    expect(world.matches({ additionalSchemas: { seer: SCHEMA } })).toBe(false);
  });

  it('The watcher loads the files if it must report the schemas: one twice, none at all, or no Unicode', async () => {
    const world = await new World().keep();
    const schema = readFileSync(world.path('schemas', 'seer', 'schema.json'), 'utf8');
    expect(world.matches({ additionalSchemas: { seer: schema } })).toBe(false);
    expect((await new World({ schemas: {} }).keep()).matches()).toBe(false);
    const description = { description: '\ufffd', type: 'integer', default: 0 };
    const replaced = JSON.stringify({ version: '1.0', type: 'object', properties: { number: description } });
    const other = await new World({ schemas: { seer: replaced } }).keep();
    expect(other.matches()).toBe(true);
    expect(other.matches({ schemas: { seer: replaced.replace('\ufffd', '\ud800') } })).toBe(false);
  });

  const changes: [string, (world: World) => void][] = [
    ['one byte of the values differs', ({ base }) => base.writeValues('seer', { number: 2 })],
    ['the values have one byte more', ({ base }) => base.writeText('seer', '{"options":{"number":1}} ')],
    ['a values file is gone', ({ base }) => base.removeValues('seer')],
    ['there is a values file more', ({ base }) => base.writeValues('relay', {})],
    [
      'a values file is a link without a target',
      (world) => {
        mkdirSync(world.path('values', 'relay'));
        symlinkSync('nowhere', world.base.valuesFile('relay'));
      },
    ],
    ['the values directory is gone', (world) => rmSync(world.path('values'), { recursive: true })],
    ['one byte of a schema differs', ({ base }) => base.writeSchema('seer', `${SCHEMA} `)],
    ['there is a schema more', ({ base }) => base.writeSchema('other', SCHEMA)],
    ['a schema is gone', (world) => rmSync(world.path('schemas', 'relay'), { recursive: true })],
    ['a directory has no schema', (world) => mkdirSync(world.path('schemas', 'other'))],
    ['a link leads out of the volume', (world) => symlinkSync('/tmp', world.path('schemas', 'other'))],
    ['the schemas directory is gone', (world) => rmSync(world.path('schemas'), { recursive: true })],
  ];

  it.each(changes)('The watcher loads the files if %s', async (_, change) => {
    const world = await new World().keep();
    change(world);
    expect(world.matches()).toBe(false);
  });

  it('A values directory without files is another state than a missing one', async () => {
    const world = new World();
    world.base.removeValues('seer');
    await world.keep();
    expect(world.matches()).toBe(true);
    rmSync(world.path('values'), { recursive: true });
    expect(world.matches()).toBe(false);
  });

  it('The watcher loads the files if other code validated them, or a limit is lower', async () => {
    const world = await new World().keep();
    expect(world.matches({ validator: 2 })).toBe(false);
    expect(world.matches({ limits: { fileBytes: 10, payloadBytes: 2 ** 20 } })).toBe(false);
    expect(world.matches({ limits: { fileBytes: 1_000, payloadBytes: 10 } })).toBe(false);
    expect(world.matches({ directory: '/elsewhere' })).toBe(false);
  });

  it('A directory with a problem is reported', async () => {
    const world = await new World().keep();
    chmodSync(join(world.stateDirectory, `sentry-options-${process.geteuid?.()}`), 0o777);
    expect(() => world.matches()).toThrow(/^other users may write to /);
  });
});
