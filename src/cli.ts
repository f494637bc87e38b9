#!/usr/bin/env node
/** The command `sentry-options`: the entry of its bundle, `dist/cli.js`. */
import { run } from './cli/run.js';

process.exitCode = await run(process.argv.slice(2));
