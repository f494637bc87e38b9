/** A preload that `NODE_OPTIONS` runs in every thread of a program. It must not affect the watcher. */
const { threadId } = require('node:worker_threads');

if (threadId !== 0) globalThis.preloaded = true;
