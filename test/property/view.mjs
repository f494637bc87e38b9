/** What a thread reads of a store, key by key and by a snapshot, which have to agree. Run by every thread of the test. */
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
  const of = (namespace) => {
    const options = open(namespace);
    const values = Object.fromEntries(KEYS.map((key) => [key, options.get(key)]));
    return { ...values, isset: KEYS.filter((key) => options.isset(key)).join() };
  };
  return { relay: of('relay'), seer: of('seer') };
}
