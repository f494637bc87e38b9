/**
 * Runs random sequences of events on a store: valid and invalid edits, touches, swaps, rollbacks, deletions,
 * permissions, refreshes, overrides, threads that attach and detach, a close. After each event, every thread must
 * read what the reference returns.
 */
import { once } from 'node:events';
import { chmodSync, renameSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import * as fc from 'fast-check';
import { init, type OptionsStore } from 'sentry-options';
import { alwaysOff, alwaysOn, ConfigMapVolume, overrideOptions } from 'sentry-options/testing';
import { afterAll, expect, it } from 'vitest';
import { Base, integer, patternSchema, string } from '../support/base.js';
import {
  type Content,
  FLAGS,
  NAMESPACES,
  type Namespace,
  Reference,
  type Refreshed,
  type Values,
} from './reference.js';
import { viewOf } from './view.mjs';

/** `npm run test:property -- --runs 1000` runs more sequences, and reads their counts from a file. */
const { SENTRY_OPTIONS_TEST_RUNS = '10', SENTRY_OPTIONS_TEST_REPORT } = process.env;
const RUNS = Number(SENTRY_OPTIONS_TEST_RUNS);
const counts = { steps: 0, refreshes: 0, rejected: 0, published: 0, views: 0 };
const WORKERS = 2;
const NOBODY = 65534;
const IS_ROOT = process.getuid?.() === 0;
const logger = { debug() {}, info() {}, warn() {}, error() {} };

const workers = Array.from({ length: WORKERS }, () => {
  return new Worker(new URL('../fixtures/viewing-worker.mjs', import.meta.url));
});
afterAll(() => Promise.all(workers.map((worker) => worker.terminate())));

async function ask(worker: number, command: string, argument?: unknown): Promise<unknown> {
  workers[worker]?.postMessage([command, argument]);
  const [{ answer, failure }] = await once(workers[worker] as Worker, 'message');
  if (failure !== undefined) throw new Error(failure);
  return answer;
}

/** The store and its files: `seer` is a plain file, `relay` a ConfigMap volume. */
class Real {
  readonly base = new Base({});
  readonly volume = new ConfigMapVolume(join(this.base.directory, 'values/relay'));
  readonly overrides = new Map<number, Disposable>();

  readonly store: OptionsStore;

  constructor() {
    for (const name of NAMESPACES) {
      this.base.writeSchema(name, patternSchema({ number: integer(0), text: string('') }));
    }
    chmodSync(this.base.directory, 0o755);
    this.store = init({ directory: this.base.directory, pollInterval: null, logger });
  }

  write(namespace: Namespace, content: Content | undefined): { isNewFile: boolean } {
    if (namespace === 'relay') {
      return { isNewFile: this.volume.write(content === undefined ? {} : { 'values.json': content.text }) };
    }
    if (content === undefined) this.base.removeValues('seer');
    else this.base.writeText('seer', content.text);
    return { isNewFile: false };
  }

  /** Runs `action` as a user who cannot read every file. */
  async runUnprivileged<T>(action: () => T | Promise<T>): Promise<T> {
    if (IS_ROOT) process.seteuid?.(NOBODY);
    try {
      return await action();
    } finally {
      if (IS_ROOT) process.seteuid?.(0);
    }
  }

  async close(): Promise<void> {
    for (const override of this.overrides.values()) override[Symbol.dispose]();
    await this.store.close();
  }
}

/** An event, applied to the reference and to the store. `check`: whether the reference's state allows it. */
class Step implements fc.AsyncCommand<Reference, Real> {
  constructor(
    readonly name: string,
    readonly check: (reference: Readonly<Reference>) => boolean,
    readonly act: (reference: Reference, real: Real) => unknown,
  ) {}

  async run(reference: Reference, real: Real): Promise<void> {
    await this.act(reference, real);
    counts.steps++;
    counts.views += 1 + reference.attached.size;
    expect(viewOf(real.store)).toEqual(reference.view(true));
    for (const worker of reference.attached) {
      expect([worker, await ask(worker, 'view')]).toEqual([worker, reference.view(false)]);
    }
  }

  toString(): string {
    return this.name;
  }
}

const always = () => true;

/** Whether the volume of the namespace is at its place. */
function isThere(namespace: Namespace, { isMounted, isRelayMounted }: Readonly<Reference>): boolean {
  return isMounted && (namespace === 'seer' || isRelayMounted);
}

/** Whether the file can be written: only root can write a file without read permission. */
const canWrite = (namespace: Namespace) => (reference: Readonly<Reference>) =>
  isThere(namespace, reference) && (IS_ROOT || !reference.unreadable.has(namespace));

function write(namespace: Namespace, content: Content | undefined): Step {
  const act = (reference: Reference, real: Real) => {
    reference.write(namespace, content);
    // A swap creates a new file, which is readable; the same content again is not a swap.
    if (real.write(namespace, content).isNewFile) reference.unreadable.delete(namespace);
  };
  return new Step(`${namespace} ${content?.text ?? 'is deleted'}`, canWrite(namespace), act);
}

const namespace = fc.constantFrom<Namespace>('relay', 'seer');
const values: fc.Arbitrary<Values> = fc.record(
  {
    number: fc.integer({ min: -2, max: 2 }),
    text: fc.constantFrom('a', '\u{1f600}', '__proto__'),
    ...Object.fromEntries(FLAGS.map((name) => [name, fc.constantFrom(alwaysOn(), alwaysOff())])),
  },
  { requiredKeys: [] },
);
const good = values.map((values): Content => ({ text: JSON.stringify({ options: values }), values }));
const bad = fc
  .constantFrom(
    '{"options": {"feature.": 1}}',
    '{"options": {"number": "1"}}',
    '{"options": {"number": 1.5}}',
    '{"options": {',
    '{}',
    '',
    '\ufeff{}',
  )
  .map((text): Content => ({ text, values: undefined }));

const edit = fc.tuple(namespace, good).map(([name, content]) => write(name, content));
const badEdit = fc.tuple(namespace, bad).map(([name, content]) => write(name, content));
const deletion = namespace.map((name) => write(name, undefined));

/** An earlier content of the file again, with an old modification time. */
const rollback = fc.tuple(namespace, fc.nat()).map(([name, back]) => {
  const has = (reference: Readonly<Reference>) => canWrite(name)(reference) && reference.history[name].length > 0;
  return new Step(`${name} is rolled back by ${back}`, has, (reference, real) => {
    const history = reference.history[name];
    const content = history[back % history.length] as Content;
    write(name, content).act(reference, real);
    utimesSync(real.base.valuesFile(name), 1_000_000_000 + back, 1_000_000_000 + back);
  });
});

const touch = fc.tuple(namespace, fc.nat({ max: 2_000_000_000 })).map(([name, time]) => {
  const has = (reference: Readonly<Reference>) => canWrite(name)(reference) && reference.files[name] !== undefined;
  return new Step(`${name} is touched`, has, (_, real) => utimesSync(real.base.valuesFile(name), time, time));
});

const permission = fc.tuple(namespace, fc.boolean()).map(([name, isReadable]) => {
  const has = (reference: Readonly<Reference>) => isThere(name, reference) && reference.files[name] !== undefined;
  return new Step(`${name} may ${isReadable ? '' : 'not '}be read`, has, (reference, real) => {
    reference.unreadable[isReadable ? 'delete' : 'add'](name);
    chmodSync(real.base.valuesFile(name), isReadable ? 0o644 : 0o000);
  });
});

const mount = fc.boolean().map((to) => {
  const can = (reference: Readonly<Reference>) => reference.isMounted !== to;
  return new Step(`values are ${to ? '' : 'un'}mounted`, can, (reference, real) => {
    reference.isMounted = to;
    const [here, away] = [join(real.base.directory, 'values'), join(real.base.directory, 'away')];
    renameSync(to ? away : here, to ? here : away);
  });
});

const mountRelay = fc.boolean().map((to) => {
  const can = (reference: Readonly<Reference>) => reference.isMounted && reference.isRelayMounted !== to;
  return new Step(`relay is ${to ? '' : 'un'}mounted`, can, (reference, real) => {
    reference.isRelayMounted = to;
    if (to) real.volume.mount();
    else real.volume.unmount();
  });
});

function count(outcome: unknown): void {
  counts.refreshes++;
  if (outcome === true) counts.published++;
  else if (outcome !== false) counts.rejected++;
}

const getCode = ({ code }: { code: Refreshed }) => code;
const refreshes: Record<string, (real: Real) => Promise<Refreshed>> = {
  'refresh()': (real) => real.store.refresh().catch(getCode),
  'refreshSync()': async (real) => {
    try {
      return real.store.refreshSync();
    } catch (error) {
      return getCode(error as { code: Refreshed });
    }
  },
};
const refresh = fc.constantFrom(...Object.keys(refreshes)).map((name) => {
  return new Step(name, always, async (reference, real) => {
    const outcome = await real.runUnprivileged(() => refreshes[name]?.(real));
    expect(outcome).toBe(reference.refresh());
    count(outcome);
  });
});

const worker = fc.nat({ max: WORKERS - 1 });
const refreshThere = worker.map((index) => {
  const isAttached = ({ attached }: Readonly<Reference>) => attached.has(index);
  return new Step(`refresh() in worker ${index}`, isAttached, async (reference, real) => {
    const outcome = await real.runUnprivileged(() => ask(index, 'refresh'));
    expect(outcome).toBe(reference.refresh());
    count(outcome);
  });
});

const attachment = fc.tuple(worker, fc.boolean()).map(([index, comes]) => {
  const can = ({ attached }: Readonly<Reference>) => attached.has(index) !== comes;
  return new Step(`worker ${index} ${comes ? 'attaches' : 'detaches'}`, can, async (reference, real) => {
    reference.attached[comes ? 'add' : 'delete'](index);
    await ask(index, comes ? 'attach' : 'detach', comes ? real.store.handle : undefined);
  });
});

const isOpen = ({ isClosed }: Readonly<Reference>) => !isClosed;
const override = fc.tuple(fc.nat({ max: 3 }), namespace, values).map(([id, name, values]) => {
  // If the override is already active, this disposes of it.
  return new Step(`override ${id} of ${name}: ${JSON.stringify(values)}`, isOpen, (reference, real) => {
    const before = real.overrides.get(id);
    reference.overrides = reference.overrides.filter((layer) => layer.id !== id);
    if (before !== undefined) {
      before[Symbol.dispose]();
      real.overrides.delete(id);
      return;
    }
    reference.overrides = [...reference.overrides, { id, namespace: name, values }];
    real.overrides.set(id, overrideOptions(name, values));
  });
});

const close = fc.constant(
  new Step('close()', isOpen, async (reference, real) => {
    reference.isClosed = true;
    await real.store.close();
  }),
);

it(
  'Every thread reads what the reference returns, after any sequence of events',
  async () => {
    const often = [edit, edit, edit, rollback, refresh, refresh, refresh, refreshThere, attachment, override];
    const seldom = [badEdit, badEdit, deletion, touch, permission, mount, mountRelay, override];
    // After a close, few events still have an effect.
    const commands = fc.commands([...often, ...often, ...often, ...seldom, close], { maxCommands: 60, size: 'max' });
    const property = fc.asyncProperty(commands, async (steps) => {
      const real = new Real();
      const reference = new Reference();
      try {
        await fc.asyncModelRun(() => ({ model: reference, real }), steps);
      } finally {
        for (const index of reference.attached) await ask(index, 'detach');
        await real.close();
      }
    });
    await fc.assert(property, { numRuns: RUNS });
    expect([counts.published, counts.rejected]).not.toContain(0);
    if (SENTRY_OPTIONS_TEST_REPORT !== undefined) writeFileSync(SENTRY_OPTIONS_TEST_REPORT, JSON.stringify(counts));
  },
  RUNS * 10_000,
);
