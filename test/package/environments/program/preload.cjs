/** What `NODE_OPTIONS` brings into every thread of a program: the watcher must not be hurt by it. */
const { threadId } = require('node:worker_threads');

if (threadId !== 0) globalThis.preloaded = true;
