/**
 * The work of `sentry-options run`: a program with the base directory that would be deployed. Runs in the command line's
 * main thread.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { SCHEMA_FILE, schemasDirectory, valuesDirectory, valuesFile } from '../../config/base-directory.js';
import type { NamespaceSchema } from '../../schema/namespace-schema.js';
import { readSchemas } from '../schemas/read.js';
import { ExitCode, ProgramError } from '../terminal/errors.js';
import type { Output } from '../terminal/output.js';
import { deployTo, listTargets, type RootValues, requireTarget } from '../values/deployed.js';
import { loadTargetValues } from '../values/load.js';
import { determineGeneratedAt } from '../write/generated-at.js';
import { buildValuesJson } from '../write/source.js';

/** What to run, with which values. */
export interface RunOptions {
  readonly schemas: string;
  readonly root: string;
  readonly target: string;
}

/** The signals that end a program; a terminal sends the first one to the program, too. */
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Validates all schemas and values, and runs a program in an environment whose `SENTRY_OPTIONS_DIR` has the schemas and the
 * values of one target. Removes that directory when the program ends.
 *
 * @throws {ExitCode} with the program's exit code; 128 and the number of the signal that ended it
 * @throws {CommandError} if there is an issue
 * @throws {ProgramError} if the program cannot be started
 */
export async function runWith(
  { schemas: directory, root, target }: RunOptions,
  [program = '', ...parameters]: readonly string[],
  output: Output,
): Promise<never> {
  const schemas = readSchemas(directory, output);
  const { values } = loadTargetValues(root, schemas, output);
  requireTarget(target, listTargets(values));
  const base = mkdtempSync(join(tmpdir(), 'sentry-options-run-'));
  try {
    writeBase(base, schemas, values, target);
    throw new ExitCode(await runProgram(program, parameters, { ...process.env, SENTRY_OPTIONS_DIR: base }));
  } finally {
    rmSync(base, { recursive: true, force: true });
  }
}

/** Writes a base directory. */
function writeBase(
  base: string,
  schemas: ReadonlyMap<string, NamespaceSchema>,
  values: RootValues,
  target: string,
): void {
  mkdirSync(valuesDirectory(base));
  const generatedAt = determineGeneratedAt(undefined, process.env);
  for (const [namespace, { source }] of schemas) {
    mkdirSync(join(schemasDirectory(base), namespace), { recursive: true });
    writeFileSync(join(schemasDirectory(base), namespace, SCHEMA_FILE), source);
    const own = values.get(namespace);
    // Nothing is deployed for a namespace without values.
    if (own === undefined) continue;
    mkdirSync(join(valuesDirectory(base), namespace));
    writeFileSync(valuesFile(base, namespace), buildValuesJson(deployTo(target, own), { generatedAt }));
  }
}

/** Runs a program to its end, and passes signals on to it. Returns its exit code. */
async function runProgram(program: string, parameters: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const child = spawn(program, parameters, { stdio: 'inherit', env });
  const pass = (signal: NodeJS.Signals): void => void child.kill(signal);
  for (const signal of SIGNALS) process.on(signal, pass);
  try {
    return await new Promise((resolve, reject) => {
      child.on('error', (error) =>
        reject(
          new ProgramError(
            `Cannot run ${program}: ${explain(program, error)}`,
            !isMissing(error as NodeJS.ErrnoException),
            { cause: error },
          ),
        ),
      );
      child.on('exit', (code, signal) => resolve(code ?? 128 + constants.signals[signal as NodeJS.Signals]));
    });
  } finally {
    for (const signal of SIGNALS) process.off(signal, pass);
  }
}

function isMissing({ code }: { readonly code?: string | undefined }): boolean {
  return code === 'ENOENT';
}

function explain(program: string, { code, message }: NodeJS.ErrnoException): string {
  if (code === 'EACCES') return 'it is not executable';
  if (!isMissing({ code })) return message;
  if (program.includes('/')) return 'there is no such file';
  const isLine = /\s/.test(program) ? '. Pass the program and each of its arguments as a word of its own' : '';
  return `there is no such program in PATH${isLine}`;
}
