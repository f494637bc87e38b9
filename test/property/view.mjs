/** Reads a store key by key and by a snapshot, and compares both. Every thread of the property test runs it. */
import assert from 'node:assert/strict';

const KEYS = ['number', 'text'];
const FLAGS = ['feature.', 'feature.\uffff', 'feature.💥'];

export function viewOf(store) {
  const live = read(store);
  const snapshot = store.snapshot();
  const pinned = read({
    namespace: (name) => snapshot.namespace(name),
    features: (name) => snapshot.features(name),
  });
  assert.deepEqual(pinned, live);
  assert.equal(snapshot.generation, store.generation);
  return { generation: store.generation, ...live };
}

function read(source) {
  const readNamespace = (namespace) => {
    const options = source.namespace(namespace);
    const checker = source.features(namespace);
    const set = [...KEYS, ...FLAGS].filter((key) => options.isset(key)).sort();
    const values = Object.fromEntries([...new Set([...KEYS, ...set])].map((key) => [key, options.get(key)]));
    const on = FLAGS.filter((key) => checker.has(key.slice('feature.'.length)));
    return { ...values, isset: set.join(), keys: options.keys().join(), on: on.join() };
  };
  return { relay: readNamespace('relay'), seer: readNamespace('seer') };
}
