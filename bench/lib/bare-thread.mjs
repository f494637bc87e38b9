/** The worker of `changes-thread.mjs` without the library: answers each message. */
import 'node:http';
import { parentPort } from 'node:worker_threads';

parentPort.on('message', () => parentPort.postMessage({ arrayBuffers: process.memoryUsage().arrayBuffers }));
