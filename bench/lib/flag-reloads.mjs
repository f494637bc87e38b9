/** Measures reloads in which one of many flags changes: flags by pattern, and as many that the schema lists. */
import { FeatureContext, openOptions } from '../../dist/index.js';
import { removeBase } from './base.mjs';
import { makeFlagBase, makeNames, SETTINGS, writeFlags } from './flag-base.mjs';
import { LISTED } from './flag-rules.mjs';
import { addSamples } from './fork.mjs';
import { undisturbed } from './undisturbed.mjs';

const CONTEXT = new FeatureContext({ user_id: 'user-1', organization_id: LISTED[7] }, { identityFields: ['user_id'] });
const NAMESPACE = 'service';

/**
 * Measures in this process, in turn, with code that has read all flags `warmUp` times. Returns by contestant, `listed`
 * and `pattern`, a figure for each round: `reload` in the watcher in milliseconds; `first` and `all` in microseconds, the
 * first `has` after it in a thread that uses all flags, which adopts the snapshot, and all further ones.
 */
export async function measureFlagReloads({ rounds, flags: count, warmUp }) {
  const names = makeNames('enabled', count);
  const open = (isPattern) => {
    const directory = makeFlagBase({ [NAMESPACE]: { names, isPattern } });
    const store = openOptions({ directory, ...SETTINGS });
    // As in another thread: it adopts a snapshot when it reads. The owner adopts it in `refreshSync()`.
    const attached = openOptions({ handle: store.handle });
    const checker = attached.features(NAMESPACE);
    for (let pass = 0; pass < warmUp; pass++) askAll(checker, names);
    return { directory, store, attached, checker, generation: 0 };
  };
  const contestants = { listed: open(false), pattern: open(true) };
  const samples = {};
  const order = Object.keys(contestants);
  for (let round = 0; round < rounds; round++) {
    for (let turn = 0; turn < order.length; turn++) {
      const name = order[(round + turn) % order.length];
      const figures = await undisturbed(() => reloadOnce(contestants[name], names), 3);
      addSamples(samples, Object.fromEntries(Object.entries(figures).map(([what, each]) => [`${name}|${what}`, each])));
    }
  }
  for (const { directory, store, attached } of Object.values(contestants)) {
    await attached.close();
    await store.close();
    removeBase(directory);
  }
  return samples;
}

/** Changes one flag, in the middle, to one that is off and back, and times the reload and what follows it. */
function reloadOnce(contestant, names) {
  const { directory, store, checker } = contestant;
  const changed = names[names.length >> 1];
  const isOff = contestant.generation++ % 2 === 0;
  writeFlags(directory, NAMESPACE, names, { changed, rollout: isOff ? 0 : 100 });
  if (!store.refreshSync()) throw new Error('The watcher did not detect the change');
  const reload = store.status().reloadMs;
  const begun = performance.now();
  const isOn = checker.has(names[0], CONTEXT);
  const first = performance.now();
  const found = askAll(checker, names);
  const all = performance.now();
  const expected = names.length - Number(isOff);
  if (!isOn || found !== expected) throw new Error(`${expected} flags must be on; got ${found}`);
  return { reload, first: (first - begun) * 1_000, all: (all - first) * 1_000 };
}

function askAll(checker, names) {
  let count = 0;
  for (const name of names) if (checker.has(name, CONTEXT)) count++;
  return count;
}
