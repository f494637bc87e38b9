/** Measures what it costs to record flags for Sentry: against the same library without the integration. */
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as Sentry from '@sentry/node';
import { removeBase } from './lib/base.mjs';
import { importEdited } from './lib/edited.mjs';
import { addSamples, answer, fork, inputOf } from './lib/fork.mjs';
import { timeInTurn } from './lib/rounds.mjs';
import { compared, measured } from './lib/rows.mjs';
import { FLAGS, PER_REQUEST, REQUEST_FLAGS } from './lib/sentry-loops.mjs';

const FILE = fileURLToPath(import.meta.url);

export const title = 'What does it cost to record flags for Sentry?';

export const full = { processes: 8, rounds: 20, operations: 1_000 };
export const tiny = { processes: 1, rounds: 2, operations: 100, warmUpNs: 1 };

/** In nanoseconds. */
const MOST = 3;
/** As a ratio: no more than two measurements of the same code differ. */
const NOISE = 1.05;
/** The contexts of every tenth evaluation have one of so many values. */
const LISTED = Array.from({ length: 100 }, (_, index) => index * 10);

const TURNS = `${PER_REQUEST} flags in turn, context reused`;

/** The entry of the integration that gets the SDK as an argument. */
const ENTRIES = ['index.js', 'chunks/sentry-integration.js'];

/** What all copies of the library share, so that each build has its own. */
const KEY = '/* @__PURE__ */ Symbol.for("sentry-options/recording@1")';

/** What each build is: text of the bundle, and what replaces it. */
const BUILDS = {
  // V8 compiles the first copy of a program better than others: no figure is of this one.
  first: [[KEY, 'Symbol("first")']],
  // Without the code.
  bare: [
    [KEY, 'Symbol("bare")'],
    ['if (log !== void 0 && !tryAdd(log, flag.slot, isOn)) this.#record(log, name, flag, isOn);', ''],
    ['this.#log = recording.recorder === void 0 ? void 0 : makeLog();', ''],
  ],
  // Without the integration.
  off: [[KEY, 'Symbol("off")']],
  on: [],
};

/** Measures in fresh processes, one after the other. */
export async function run(settings, progress) {
  const samples = {};
  for (let done = 0; done < settings.processes; done++) {
    progress(done, settings.processes);
    addSamples(samples, await fork(FILE, settings));
  }
  const adds = (what, name, { scale = 1, target } = {}) =>
    measured({
      what: `${what}: what recording adds`,
      unit: 'ns',
      samples: samples[`on|${name}`].map((own, at) => (own - samples[`off|${name}`][at]) * scale),
      target,
    });
  const rows = [
    ...Object.entries(FLAGS).map(([name, what]) => adds(`has, ${what}`, name, { target: { atMost: MOST } })),
    adds(`has, ${TURNS}`, 'turns', { target: { atMost: MOST } }),
    adds(`a request that makes a context and evaluates ${PER_REQUEST} flags`, 'requests', { scale: PER_REQUEST }),
    adds('has without a context', 'without'),
    measured({
      what: `has, ${TURNS}: what Sentry's addFeatureFlag adds`,
      unit: 'ns',
      samples: samples['off|theirs'].map((own, at) => own - samples['off|turns'][at]),
    }),
    ...Object.entries({ ...FLAGS, turns: TURNS }).map(([name, what]) =>
      compared({
        what: `has, ${what}, no integration`,
        against: 'without the code',
        unit: 'ns',
        samples: samples[`off|${name}`],
        partners: samples[`bare|${name}`],
        target: { atMost: NOISE },
      }),
    ),
  ];
  return { rows, pictures: [] };
}

/** Measures all builds in one process. Returns nanoseconds by name, a figure for each round. */
async function measure({ rounds, operations, warmUpNs }) {
  const directory = makeFlags();
  Sentry.init({
    dsn: 'http://public@127.0.0.1:9/1',
    defaultIntegrations: false,
    integrations: [Sentry.featureFlagsIntegration()],
  });
  const contestants = {};
  const closing = [];
  for (const [build, edits] of Object.entries(BUILDS)) {
    const { library, remove } = await importEdited(edits, ENTRIES);
    const store = library.openOptions({ directory, pollInterval: null });
    closing.push(remove, () => store.close());
    // Before contexts are made, as Sentry.init() does it.
    if (build === 'on') Sentry.getClient().addIntegration(library.makeIntegration(Sentry));
    const { makeLoops } = await import(`./lib/sentry-loops.mjs?${build}`);
    const sentry = Sentry.getClient().getIntegrationByName('FeatureFlags');
    const loops = makeLoops(library, store.features('service'), {
      operations,
      inRequest: Sentry.withIsolationScope,
      addFeatureFlag: sentry.addFeatureFlag,
    });
    for (const [name, loop] of Object.entries(loops)) {
      if (name !== 'theirs' || build === 'off') contestants[`${build}|${name}`] = loop;
    }
  }
  const samples = await Sentry.withIsolationScope(() => timeInTurn(contestants, { operations, rounds, warmUpNs }));
  for (const close of closing) await close();
  removeBase(directory);
  return samples;
}

/** Makes a base directory with the flags of the loops. The caller removes it. */
function makeFlags() {
  const flag = { $ref: '#/definitions/Feature' };
  const about = { owner: { team: 'bench' }, created_at: '2024-01-01' };
  const segment = { name: 'all', rollout: 100, conditions: [] };
  const listed = { ...segment, conditions: [{ property: 'user_id', operator: 'in', value: LISTED }] };
  const half = { ...about, segments: [{ ...segment, rollout: 50 }] };
  const names = [...Object.keys(FLAGS), ...REQUEST_FLAGS];
  const directory = mkdtempSync(join(tmpdir(), 'sentry-options-bench-'));
  const write = (path, content) => {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), JSON.stringify(content));
  };
  const properties = Object.fromEntries(names.map((name) => [`feature.${name}`, flag]));
  write('schemas/service/schema.json', { version: '1.0', type: 'object', properties });
  write('values/service/values.json', {
    options: {
      'feature.on': { ...about, segments: [segment] },
      'feature.list': { ...about, segments: [listed] },
      'feature.half': half,
      ...Object.fromEntries(REQUEST_FLAGS.map((name) => [`feature.${name}`, half])),
    },
  });
  return directory;
}

const input = inputOf(FILE);
if (input) answer(await measure(input));
