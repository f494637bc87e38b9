/** Measures the own memory of an attached worker, beside the snapshot's bytes. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { openOptions } from '../../dist/index.js';
import { makeBase, properties, removeBase, sizesOf } from './base.mjs';
import { importBundled } from './bundle.mjs';
import { makeFlagBase, makeNames, SETTINGS } from './flag-base.mjs';
import { addSamples } from './fork.mjs';
import { compared, measured } from './rows.mjs';
import { number } from './table.mjs';

const KIB = 2 ** 10;
/** The number of options that a worker reads, of whatever there is. */
const READ = 10;
/** How many flags that are not set a worker asks for. */
const UNSET = 100_000;

/** Returns bytes by base (`namespaces×options`, or `flags×count`) and figure, each from one worker. */
export async function measureMemory({ bases, flags }) {
  const { snapshotBytes } = await importBundled('./engine.mjs');
  const smallest = makeBase(sizesOf(1, 6));
  const other = openOptions({ directory: smallest, pollInterval: null });
  const samples = {};
  const measureBase = async (base, directory, reads) => {
    const store = openOptions({ directory, ...SETTINGS });
    const [namespace] = store.namespaces();
    const worker = new Worker(new URL('./memory-thread.mjs', import.meta.url), {
      workerData: { handle: store.handle, other: other.handle, namespace, ...reads },
    });
    const [figures] = await once(worker, 'message');
    const all = { ...figures, snapshot: snapshotBytes(store.handle) };
    addSamples(samples, Object.fromEntries(Object.entries(all).map(([name, each]) => [`${base}|${name}`, each])));
    await store.close();
    removeBase(directory);
  };
  for (const [namespaces, count] of bases) {
    const keys = Object.keys(properties(count)).slice(0, READ);
    await measureBase(`${namespaces}×${count}`, makeBase(sizesOf(namespaces, count)), { keys });
  }
  const names = makeNames('enabled', flags);
  const directory = makeFlagBase({ service: { names, isPattern: true } });
  await measureBase(`flags×${flags}`, directory, { flags: names.slice(0, READ), unset: UNSET });
  await other.close();
  removeBase(smallest);
  return samples;
}

/**
 * Makes the rows of one base. `isFirst`: adds the row that does not depend on the base. `isHeadline`: the project's README
 * shows the target.
 */
export function memoryRows([namespaces, count], samples, { isFirst, isHeadline }) {
  const base = namespaces === 1 ? `${number(count)} options` : `${namespaces} × ${number(count)} options`;
  const { row, target, kibibytes } = openRows(`${namespaces}×${count}`, base, samples);
  const code = measured({
    what: "  for scale: the library's own code in a worker",
    unit: 'KiB',
    samples: kibibytes('library'),
  });
  return [
    row(`memory of an attached worker, having read ${READ} options`, 'read', { ...target, isHeadline }),
    row('  the same, having read all of them', 'readAll'),
    ...(isFirst ? [code] : []),
  ];
}

/** Makes the rows of the base with `count` flags by pattern. */
export function flagMemoryRows(count, samples) {
  const { row, target } = openRows(`flags×${count}`, `${number(count)} flags by pattern`, samples);
  return [
    row(`memory of an attached worker, having asked for ${READ} flags`, 'read', target),
    row(`  the same, and for ${number(UNSET)} that are not set`, 'unset', target),
  ];
}

/** Returns what makes the rows of the base with the key `key`, whose name is `base`. */
function openRows(key, base, samples) {
  const kibibytes = (figure) => samples[`${key}|${figure}`].map((bytes) => bytes / KIB);
  const [snapshot] = kibibytes('snapshot');
  const limit = 1.5 * snapshot + 64;
  const row = (what, figure, target) => ({
    ...compared({
      what: `${what}, ${base}`,
      against: "the snapshot's bytes",
      unit: 'KiB',
      samples: kibibytes(figure),
      partners: kibibytes('snapshot'),
    }),
    ...(target && { target }),
  });
  const target = { of: 'figure', atMost: limit, text: `≤ 1.5 × + 64 KiB, so ${number(limit)} KiB` };
  return { row, target, kibibytes };
}
