/** Measures what it costs to count what is read: against the same library without the code that counts. */
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as library from '../dist/index.js';
import { removeBase } from './lib/base.mjs';
import { addSamples, answer, fork, inputOf } from './lib/fork.mjs';
import { timeInTurn } from './lib/rounds.mjs';
import { compared, measured } from './lib/rows.mjs';
import { importUncounted } from './lib/uncounted.mjs';
import { FLAGS } from './lib/usage-loops.mjs';

const FILE = fileURLToPath(import.meta.url);

export const title = 'What does it cost to count what is used?';

export const full = { processes: 8, rounds: 20, operations: 1_000, flags: 1_000, reports: 40 };
export const tiny = { processes: 1, rounds: 2, operations: 20, flags: 20, reports: 2, warmUpNs: 1 };

const READS = { get: 'get, 1 000 keys in turn', values: 'values.key, constant key', option: 'option().value' };
/** In nanoseconds. */
const MOST = 1;
/** As a ratio: no more than two measurements of the same code differ. */
const NOISE = 1.05;
/** The context of every evaluation has one of so many values. */
const LISTED = Array.from({ length: 100 }, (_, index) => index * 7);

/** Measures in fresh processes, one after the other. */
export async function run(settings, progress) {
  const samples = {};
  for (let done = 0; done < settings.processes; done++) {
    progress(done, settings.processes);
    addSamples(samples, await fork(FILE, settings));
  }
  const differences = (name) => samples[`counted|${name}`].map((own, at) => own - samples[`uncounted|${name}`][at]);
  const rows = [
    ...Object.entries(FLAGS).map(([name, what]) =>
      measured({
        what: `has, ${what}: what counting adds`,
        unit: 'ns',
        samples: differences(name),
        target: { atMost: MOST },
      }),
    ),
    ...Object.entries(READS).map(([name, what]) =>
      compared({
        what,
        against: 'without counting',
        unit: 'ns',
        samples: samples[`counted|${name}`],
        partners: samples[`uncounted|${name}`],
        target: { atMost: NOISE },
      }),
    ),
    measured({
      what: 'memory for each flag and thread',
      unit: 'B',
      samples: samples.bytes,
      // 16 bytes name the thread, and the budget has a bit for each option besides.
      target: { atMost: 8.125 },
    }),
    measured({ what: 'usage(), as many options as flags', unit: 'µs', samples: samples.report }),
  ];
  return { rows, pictures: [] };
}

/** Measures both builds in one process. Returns figures by name. */
async function measure({ rounds, operations, flags, reports, warmUpNs }) {
  const directory = makeBase(operations);
  const { library: uncounted, remove } = await importUncounted();
  const contestants = {};
  const stores = {};
  for (const [build, { openOptions, FeatureContext }] of Object.entries({ counted: library, uncounted })) {
    const store = openOptions({ directory, pollInterval: null });
    const contexts = Array.from(
      { length: operations },
      (_, index) => new FeatureContext({ user_id: index }, { identityFields: ['user_id'] }),
    );
    const keys = Array.from({ length: operations }, (_, index) => `limit-${index}`);
    const { makeLoops } = await import(`./lib/usage-loops.mjs?${build}`);
    const loops = makeLoops(store.features('service'), store.namespace('service'), { contexts, keys });
    for (const [name, loop] of Object.entries(loops)) contestants[`${build}|${name}`] = loop;
    stores[build] = store;
  }
  const samples = await timeInTurn(contestants, { operations, rounds, warmUpNs });
  for (const [build, store] of Object.entries(stores)) {
    const counted = store.usage().flags.reduce((sum, { on, off }) => sum + on + off, 0);
    if (counted > 0 !== (build === 'counted')) throw new Error(`The build ${build} has counted ${counted} evaluations`);
    await store.close();
  }
  removeBase(directory);
  remove();
  return { ...samples, ...(await measureReport(flags, reports)) };
}

/** Measures the memory that a thread takes, and the report, with `count` flags and as many options. */
async function measureReport(count, reports) {
  const directory = makeBase(count, count);
  const store = library.openOptions({ directory, pollInterval: null });
  const before = store.handle.usage.byteLength;
  const checker = store.features('service');
  for (let index = 0; index < count; index++) checker.has(`flag-${index}`);
  const bytes = (store.handle.usage.byteLength - before) / count;
  const report = [];
  for (let turn = 0; turn < reports; turn++) {
    const begun = process.hrtime.bigint();
    store.usage();
    report.push(Number(process.hrtime.bigint() - begun) / 1_000);
  }
  await store.close();
  removeBase(directory);
  return { bytes: [bytes], report };
}

/** Makes a base directory with `options` options, the flags of the loops, and `flags` more. The caller removes it. */
function makeBase(options, flags = 0) {
  const flag = { $ref: '#/definitions/Feature' };
  const about = { owner: { team: 'bench' }, created_at: '2024-01-01' };
  const segment = { name: 'all', rollout: 100, conditions: [] };
  const listed = { ...segment, conditions: [{ property: 'user_id', operator: 'in', value: LISTED }] };
  const names = [...Object.keys(FLAGS), ...Array.from({ length: flags }, (_, index) => `flag-${index}`)];
  const properties = [
    ...Array.from({ length: options }, (_, index) => [
      `limit-${index}`,
      { type: 'integer', default: index, description: 'A limit.' },
    ]),
    ...names.map((name) => [`feature.${name}`, flag]),
  ];
  const directory = mkdtempSync(join(tmpdir(), 'sentry-options-bench-'));
  const write = (path, content) => {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), JSON.stringify(content));
  };
  write('schemas/service/schema.json', { version: '1.0', type: 'object', properties: Object.fromEntries(properties) });
  write('values/service/values.json', {
    options: {
      'feature.on': { ...about, segments: [segment] },
      'feature.list': { ...about, segments: [listed] },
      'feature.half': { ...about, segments: [{ ...segment, rollout: 50 }] },
    },
  });
  return directory;
}

const input = inputOf(FILE);
if (input) answer(await measure(input));
