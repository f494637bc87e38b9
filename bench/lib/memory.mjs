/** Measures the own memory of an attached worker, beside the snapshot's bytes. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { openOptions } from '../../dist/index.js';
import { makeBase, properties, removeBase, sizesOf } from './base.mjs';
import { importBundled } from './bundle.mjs';
import { addSamples } from './fork.mjs';
import { compared, measured } from './rows.mjs';
import { number } from './table.mjs';

const KIB = 2 ** 10;
/** The number of options that a worker reads, of whatever there is. */
const READ = 10;

/** Returns bytes by base (`namespaces×options`) and figure, each from one worker. */
export async function measureMemory({ bases }) {
  const { snapshotBytes } = await importBundled('./engine.mjs');
  const smallest = makeBase(sizesOf(1, 6));
  const other = openOptions({ directory: smallest, pollInterval: null });
  const samples = {};
  for (const [namespaces, count] of bases) {
    const directory = makeBase(sizesOf(namespaces, count));
    const store = openOptions({ directory, pollInterval: null });
    const [namespace] = store.namespaces();
    const worker = new Worker(new URL('./memory-thread.mjs', import.meta.url), {
      workerData: {
        handle: store.handle,
        other: other.handle,
        namespace,
        keys: Object.keys(properties(count)).slice(0, READ),
      },
    });
    const [figures] = await once(worker, 'message');
    const all = { ...figures, snapshot: snapshotBytes(store.handle) };
    addSamples(
      samples,
      Object.fromEntries(Object.entries(all).map(([name, each]) => [`${namespaces}×${count}|${name}`, each])),
    );
    await store.close();
    removeBase(directory);
  }
  await other.close();
  removeBase(smallest);
  return samples;
}

/**
 * Makes the rows of one base. `isFirst`: adds the row that does not depend on the base. `isHeadline`: the project's README
 * shows the target.
 */
export function memoryRows([namespaces, count], samples, { isFirst, isHeadline }) {
  const kibibytes = (figure) => samples[`${namespaces}×${count}|${figure}`].map((bytes) => bytes / KIB);
  const base = namespaces === 1 ? `${number(count)} options` : `${namespaces} × ${number(count)} options`;
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
  const target = { of: 'figure', isHeadline, atMost: limit, text: `≤ 1.5 × + 64 KiB, so ${number(limit)} KiB` };
  const code = measured({
    what: "  for scale: the library's own code in a worker",
    unit: 'KiB',
    samples: kibibytes('library'),
  });
  return [
    row(`memory of an attached worker, having read ${READ} options`, 'read', target),
    row('  the same, having read all of them', 'readAll'),
    ...(isFirst ? [code] : []),
  ];
}
