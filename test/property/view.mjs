/** Reads a store key by key and by a snapshot, and compares both. Every thread of the property test runs it. */
import assert from 'node:assert/strict';

const KEYS = ['number', 'text'];

export function viewOf(store) {
  const live = read((namespace) => store.namespace(namespace));
  const snapshot = store.snapshot();
  const pinned = read((namespace) => snapshot.namespace(namespace));
  assert.deepEqual(pinned, live);
  assert.equal(snapshot.generation, store.generation);
  return { generation: store.generation, ...live };
}

function read(open) {
  const readNamespace = (namespace) => {
    const options = open(namespace);
    const values = Object.fromEntries(KEYS.map((key) => [key, options.get(key)]));
    return { ...values, isset: KEYS.filter((key) => options.isset(key)).join() };
  };
  return { relay: readNamespace('relay'), seer: readNamespace('seer') };
}
