/** The program as CommonJS. */
const { join } = require('node:path');
const { Worker } = require('node:worker_threads');
const library = require('sentry-options');
const { use } = require('./use.js');

use(library, () => new Worker(join(__dirname, 'worker.cjs')));
