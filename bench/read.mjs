/** Measures a read: `values`, `get` and the like, against `Map.get` of the same keys and other libraries. */
import { fileURLToPath } from 'node:url';
import { openOptions } from '../dist/index.js';
import { makeBase, properties, removeBase } from './lib/base.mjs';
import { MAX_FAST, measureConstants } from './lib/constant-loops.mjs';
import { addSamples, answer, fork, inputOf } from './lib/fork.mjs';
import { NODE } from './lib/machine.mjs';
import { DEFAULT_LOOPS, LOOPS, missLoop, PEER_LOOPS } from './lib/read-loops.mjs';
import { openConfig, openConvict } from './lib/read-peers.mjs';
import { timeInTurn } from './lib/rounds.mjs';
import { compared, growth, line } from './lib/rows.mjs';
import { summarize } from './lib/statistics.mjs';
import { number } from './lib/table.mjs';

const FILE = fileURLToPath(import.meta.url);

export const title = 'What does a read cost?';

/** V8 seeds its string hashes anew in each process, and compiles the same code a little differently. */
export const full = {
  processes: 8,
  rounds: 30,
  sizes: [10, 100, 1_000, 10_000],
  usual: 100,
  hasPeers: true,
  constants: { processes: 3, rounds: 20, sizes: [100, 1_000, 10_000] },
};
export const tiny = {
  processes: 1,
  rounds: 2,
  sizes: [5, 10, 20],
  usual: 10,
  hasPeers: false,
  warmUpNs: 1,
  constants: { processes: 1, rounds: 2, sizes: [5, 10, 20], warmUpNs: 1 },
};

/** Node 20 has a slower `Map.get`, so that the same addition is a smaller ratio. */
const GET_TARGET = NODE < 22 ? 1.2 : 1.25;

/** The number of reads in a pass, which repeats the namespace's keys. */
const READS = 10_000;
/** The number of exceptions in a pass. */
const MISSES = 100;

/** Measures in fresh processes, one after the other. */
export async function run(settings, progress) {
  const samples = {};
  const { constants, ...loops } = settings;
  const inputs = [
    ...Array.from({ length: loops.processes }, () => ({ loops })),
    ...Array.from({ length: constants.processes }, () =>
      // A process of its own for each: all namespaces share the getters that V8 compiles.
      constants.sizes.map((size) => ({ constants: { ...constants, sizes: [size] } })),
    ).flat(),
  ];
  for (const [done, input] of inputs.entries()) {
    progress(done, inputs.length);
    addSamples(samples, await fork(FILE, input));
  }
  const { sizes, usual } = loops;
  const [smallest, largest] = [sizes.at(0), sizes.at(-1)];
  const row = (what, name, against, partner, target) =>
    compared({ what, against, unit: 'ns', samples: samples[name], partners: samples[partner], target });
  const versusMap = (what, way, target) =>
    row(`${what}, ${number(usual)} options`, `${usual}.${way}`, 'Map.get', `${usual}.map`, target);
  const versusGet = (what, way, target) =>
    row(`${what}, ${number(usual)} options`, `${usual}.${way}`, 'get', `${usual}.get`, target);
  const constant = (what, way, size, target) =>
    row(
      `${what}, constant keys, ${number(size)} options`,
      `constant.${size}.${way}`,
      'Map.get, the same keys',
      `constant.${size}.map`,
      target,
    );
  const rows = [
    ...constants.sizes.map((size) =>
      constant('values.key', 'values', size, { atMost: size > MAX_FAST ? 2 : 0.3, isHeadline: size === usual }),
    ),
    constant('get', 'get', usual, { atMost: 1.25 }),
    versusMap('get', 'get', { atMost: GET_TARGET, isHeadline: true }),
    versusMap('option(key).value', 'option', { atMost: 0.6, isHeadline: true }),
    versusGet('snapshot().namespace(n).get', 'pinned', { atMost: 1.15 }),
    versusGet('isset', 'isset', { atMost: 1.2 }),
    row(`get, ${number(largest)} options`, `${largest}.get`, `get, ${smallest} options`, `${smallest}.get`, {
      atMost: 2,
    }),
    row(
      `  for scale: Map.get, ${number(largest)} keys`,
      `${largest}.map`,
      `Map.get, ${smallest} keys`,
      `${smallest}.map`,
    ),
    row(`get, ${smallest} options`, `${smallest}.get`, 'Map.get', `${smallest}.map`),
    row(`get, ${number(largest)} options`, `${largest}.get`, 'Map.get', `${largest}.map`),
    versusMap('values[key], one place for all keys', 'values'),
    row(`get of a default, ${usual} options`, 'default.get', 'Map.get', 'default.map'),
    versusMap('for scale: property of a frozen object', 'frozen'),
    ...(settings.hasPeers ? peerRows(row, usual) : []),
  ];
  const ways = {
    get: 'get',
    option: 'option(key).value',
    map: 'Map.get',
    frozen: 'frozen object',
    pinned: 'snapshot get',
    isset: 'isset',
  };
  const lines = Object.fromEntries(
    Object.entries(ways).map(([way, name]) => [
      way,
      line(
        name,
        sizes.map((size) => [size, samples[`${size}.${way}`]]),
      ),
    ]),
  );
  const caches = 'the CPU caches, as for every lookup by hash';
  const growths = Object.keys(ways).map((way) => growth(lines[way], 'flat', { x: 'options', why: caches }));
  return { rows, growths, pictures: [growthPicture(Object.values(lines)), waysPicture(samples, settings)] };
}

function peerRows(row, usual) {
  const get = `get, ${usual} options`;
  return [
    row(get, `${usual}.get`, 'config.get of node-config', 'config'),
    row(get, `${usual}.get`, 'convict.get', 'convict'),
    row('get of an unknown key (an exception)', 'miss.get', 'node-config', 'miss.config'),
    row('get of an unknown key (an exception)', 'miss.get', 'convict', 'miss.convict'),
  ];
}

function growthPicture(lines) {
  return {
    kind: 'lines',
    name: 'growth',
    title: 'A read, by the number of options',
    note: 'Median of all rounds, with the range of 80 % of them. Lower is better; it should be flat.',
    x: { label: 'options in the namespace', scale: 'log' },
    y: { label: 'nanoseconds per read', scale: 'log' },
    lines,
  };
}

function waysPicture(samples, { usual, hasPeers }) {
  const dot = (name, key, series) => ({ name, series, ...summarize(samples[key]) });
  return {
    kind: 'dots',
    name: 'ways',
    title: `Ways to read one of ${usual} options`,
    note: 'Median of all rounds, with the range of 80 % of them. Lower is better.',
    x: { label: 'nanoseconds per read (logarithmic)' },
    dots: [
      dot('values.key, constant keys', `constant.${usual}.values`, 0),
      dot('option(key).value', `${usual}.option`, 0),
      dot('get', `${usual}.get`, 0),
      dot('get of a default', 'default.get', 0),
      dot('snapshot().namespace(n).get', `${usual}.pinned`, 0),
      dot('isset', `${usual}.isset`, 0),
      dot('Map.get', `${usual}.map`, 1),
      dot('Map.get, constant keys', `constant.${usual}.map`, 1),
      dot('property of a frozen object', `${usual}.frozen`, 1),
      ...(hasPeers ? [dot('config.get of node-config', 'config', 1), dot('convict.get', 'convict', 1)] : []),
    ],
  };
}

/** Measures all contestants in one process. Returns nanoseconds by name, a figure for each round. */
async function measure({ rounds, sizes, usual, hasPeers, warmUpNs }) {
  const directory = makeBase(Object.fromEntries(sizes.map((size) => [`options-${size}`, size])));
  const store = openOptions({ directory, pollInterval: null });
  const contestants = {};
  const add = (prefix, loops, scope) => {
    for (const [name, loop] of Object.entries(loops)) contestants[`${prefix}${name}`] = (passes) => loop(scope, passes);
  };
  const scopes = new Map(sizes.map((size) => [size, makeScope(store, size)]));
  for (const [size, scope] of scopes) add(`${size}.`, LOOPS, scope);
  const scope = scopes.get(usual);
  add('default.', DEFAULT_LOOPS, scope);
  const missing = { get: store.namespace(`options-${usual}`) };
  if (hasPeers) {
    const config = await openConfig(scope.map);
    const convict = await openConvict(scope.map);
    add('', PEER_LOOPS, { ...scope, config, convict });
    Object.assign(missing, { config, convict });
  }
  const samples = await timeInTurn(contestants, { operations: READS, rounds, warmUpNs });
  const misses = Object.entries(missing).map(([name, source]) => [`miss.${name}`, missLoop(source, MISSES)]);
  Object.assign(samples, await timeInTurn(Object.fromEntries(misses), { operations: MISSES, rounds, warmUpNs }));
  await store.close();
  removeBase(directory);
  return samples;
}

/** Makes what the loops read from. */
function makeScope(store, count) {
  const namespace = store.namespace(`options-${count}`);
  const pinned = store.snapshot().namespace(`options-${count}`);
  // Property names are interned by V8, as literals in a service's source are.
  const list = Object.keys(properties(count));
  // The values come from the snapshot: with 10 000 first reads before all others, V8 would optimize for the slow path,
  // which decodes an option.
  const map = new Map(list.map((key) => [key, pinned.get(key)]));
  const order = shuffle(list);
  const repeat = (each) => Array.from({ length: READS }, (_, index) => each[index % each.length]);
  const keys = repeat(order);
  return {
    keys,
    unset: repeat(order.filter((key) => !namespace.isset(key))),
    map,
    frozen: Object.freeze(Object.fromEntries(map)),
    namespace,
    values: namespace.values,
    options: keys.map((key) => namespace.option(key)),
    pinned,
  };
}

/** Shuffles the names: the same order in each process, and not the order of the keys in memory. */
function shuffle(names) {
  const shuffled = [...names];
  let state = 1;
  for (let last = shuffled.length - 1; last > 0; last--) {
    state = (state * 48_271) % 2_147_483_647;
    const other = state % (last + 1);
    [shuffled[last], shuffled[other]] = [shuffled[other], shuffled[last]];
  }
  return shuffled;
}

const input = inputOf(FILE);
if (input?.loops) answer(await measure(input.loops));
else if (input) answer(await measureConstants(input.constants));
