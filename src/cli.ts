#!/usr/bin/env node
/** The entry point of the command `sentry-options`, bundled to `dist/cli.js`. Imports only `cli/run.ts`. */
import { run } from './cli/run.js';

process.exitCode = await run(process.argv.slice(2));
