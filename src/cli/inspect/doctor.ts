/** Checks what may keep a service on this machine from reading its options. Runs in the command line's main thread. */

import { readdirSync } from 'node:fs';
import { basename } from 'node:path';
import type { Status } from 'sentry-options';
import manifest from '../../../package.json' with { type: 'json' };
import { formatDuration } from '../../common/duration.js';
import { OptionsError } from '../../common/errors.js';
import {
  type BaseDirectory,
  chooseDirectory,
  schemasDirectory,
  valuesDirectory,
  valuesFile,
} from '../../config/base-directory.js';
import { MAX_FILE_BYTES, readWhole } from '../../files/read.js';
import { DEFAULT_LIMITS, describeExcess } from '../../files/values-limits.js';
import { loadSchemas } from '../../schema/load-schemas.js';
import { CommandError } from '../terminal/errors.js';
import { formatCount, formatJson } from '../terminal/format.js';
import { type StoreLog, withStore } from './store.js';

/** The result of one check. An `error` keeps a service from starting. */
interface Check {
  readonly level: 'ok' | 'warning' | 'error';
  readonly topic: 'node' | 'directory' | 'schemas' | 'values' | 'mounts' | 'skew' | 'clock';
  /** The result in words. */
  readonly text: string;
  /** What to do; undefined if nothing needs to be done. */
  readonly advice?: string;
}

/** How far the clock of the machine that generated the values may be ahead of this one, in milliseconds. */
const CLOCK_TOLERANCE_MS = 5_000;

/** What determines the base directory: `process` if a running process names it. */
type Origin = BaseDirectory['origin'] | 'process';

const ORIGINS: Readonly<Record<Origin, string>> = {
  process: 'that of the process',
  argument: 'from --dir',
  SENTRY_OPTIONS_DIR: 'from SENTRY_OPTIONS_DIR',
  production: 'the default in production, which exists',
  local:
    'the default in development: neither --dir nor SENTRY_OPTIONS_DIR is set, and /etc/sentry-options does not exist',
};

/**
 * Runs all checks, in the order in which a service needs what they check.
 *
 * @param running the status of the process whose directory to check; undefined if the directory is not of a process
 */
export async function examine(
  directory: string | undefined,
  running?: Status,
  now: Date = new Date(),
): Promise<readonly Check[]> {
  const base: { readonly directory: string; readonly origin: Origin } =
    running === undefined ? chooseDirectory(directory) : { directory: running.directory, origin: 'process' };
  const node = examineNode(process.versions.node, manifest.engines.node);
  const place: Check = {
    level: 'ok',
    topic: 'directory',
    text: `the base directory is ${base.directory}: ${ORIGINS[base.origin]}`,
  };
  const schemas = examineSchemas(base.directory);
  // If the schemas are invalid, checks that need them would only repeat the error.
  const values = schemas.level === 'error' ? [] : await examineValues(base.directory, running, now);
  return [node, place, schemas, ...values];
}

/** Formats the checks as lines, or as JSON. */
export function report(checks: readonly Check[], isJson: boolean): string {
  if (isJson) return formatJson({ checks });
  return checks
    .map(({ level, topic, text, advice }) => {
      const body = [text, ...(advice === undefined ? [] : [`→ ${advice}`])].join('\n');
      return `${level.padEnd(7)}  ${topic.padEnd(9)}  ${body.replaceAll('\n', `\n${' '.repeat(20)}`)}\n`;
    })
    .join('');
}

/** @throws {CommandError} if a check failed with an error */
export function requireNoErrors(checks: readonly Check[]): void {
  const count = checks.filter(({ level }) => level === 'error').length;
  if (count > 0) throw new CommandError(count === 1 ? 'found 1 error' : `found ${count} errors`);
}

/** @param range our own `engines.node`, so that only the form `>=MAJOR.MINOR` needs to be parsed */
function examineNode(version: string, range: string): Check {
  const least = range.replace('>=', '');
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [leastMajor = 0, leastMinor = 0] = least.split('.').map(Number);
  const isGood = major > leastMajor || (major === leastMajor && minor >= leastMinor);
  const text = `Node.js ${version}`;
  if (isGood) return { level: 'ok', topic: 'node', text };
  return { level: 'error', topic: 'node', text, advice: `Use Node.js ${least} or later.` };
}

function examineSchemas(base: string): Check {
  try {
    const schemas = loadSchemas({ directory: schemasDirectory(base) });
    const options = schemas.reduce((sum, schema) => sum + schema.options.size, 0);
    const open = schemas.some(({ hasPatternFlags }) => hasPatternFlags) ? ' and flags by pattern' : '';
    const names = schemas.map(({ namespace }) => namespace).join(', ');
    if (schemas.length > 0) {
      return {
        level: 'ok',
        topic: 'schemas',
        text: `${formatCount(schemas.length, 'namespace')}, ${formatCount(options, 'option')}${open}: ${names}`,
      };
    }
    const advice = `Add schemas to ${schemasDirectory(base)}, or pass them to init().`;
    return { level: 'warning', topic: 'schemas', text: 'there are no schemas', advice };
  } catch (error) {
    return describeRejection('schemas', error, 'Fix these files: a service cannot start with them.');
  }
}

/** Opens a store with a watcher thread, as a service does. Each of its warnings becomes a check. */
async function examineValues(base: string, running: Status | undefined, now: Date): Promise<readonly Check[]> {
  const warnings: string[] = [];
  const log: StoreLog = { info() {}, warn: (text) => warnings.push(text), error: (text) => warnings.push(text) };
  try {
    const status = await withStore(base, log, ({ store }) => store.status());
    const set = Object.values(status.namespaces).filter(({ valuesHash }) => valuesHash !== null).length;
    const text = `valid; values file in ${set} of ${formatCount(Object.keys(status.namespaces).length, 'namespace')}`;
    const others = warnings.filter((warning) => !status.mountWarnings.includes(warning));
    return [
      { level: 'ok', topic: 'values', text },
      ...examineSizes(base, status),
      ...others.map((warning): Check => ({ level: 'warning', topic: 'values', text: warning })),
      ...examineMounts(status),
      ...examineSkew(base, status),
      ...examineClock(status, now),
    ];
  } catch (error) {
    return [describeRejection('values', error, `Fix or roll back these files: ${predictStart(running)}.`)];
  }
}

/** Says what a service does that starts on invalid values. */
function predictStart(running: Status | undefined): string {
  if (running === undefined) return 'a service starts only on the last good values or the defaults, if it is set so';
  const { state } = running;
  // A start serves the defaults only by the code of the service, which no status knows.
  const fail = (why: string) =>
    `this process ${why}, so one that starts now fails, or serves the defaults if its code sets onInvalidValues to 'defaults'`;
  if (state === null) return fail('has no state directory');
  if (state.problem !== null) return fail(`cannot keep its values (${state.problem})`);
  if (state.keptAt === null) return fail('has kept no values yet');
  return `a process that starts now serves the last good values of ${state.keptAt}, if it has ${state.file} and these schemas`;
}

function examineMounts({ mountWarnings }: Status): readonly Check[] {
  if (mountWarnings.length === 0) return [{ level: 'ok', topic: 'mounts', text: 'changes can reach this directory' }];
  return mountWarnings.map((text) => ({ level: 'warning', topic: 'mounts', text }));
}

/** Checks for values that a service accepts only if it is set so. The store here has the largest limit. */
function examineSizes(base: string, { namespaces }: Status): readonly Check[] {
  return Object.keys(namespaces).flatMap((namespace): Check[] => {
    const file = valuesFile(base, namespace);
    const excess = describeExcess(readIfPossible(file), DEFAULT_LIMITS);
    if (excess === undefined) return [];
    const text = `over the default limit of a service: ${file} ${excess}`;
    const advice = 'Split the namespace, unless the service sets maxFileBytes to a larger limit.';
    return [{ level: 'warning', topic: 'values', text, advice }];
  });
}

function readIfPossible(file: string): Uint8Array {
  try {
    return readWhole(file, MAX_FILE_BYTES).bytes;
  } catch {
    // Missing, or replaced at this moment. The store has read it, or has said why it cannot.
    return new Uint8Array();
  }
}

/** Checks for values without a schema. For options that a schema does not declare, the store itself logs a warning. */
function examineSkew(base: string, { namespaces, mountWarnings }: Status): readonly Check[] {
  const undeclared = foldersOf(valuesDirectory(base))
    .filter((name) => !Object.hasOwn(namespaces, name))
    // A mount warning says of which namespace it is.
    .filter((name) => !mountWarnings.some((warning) => warning.includes(` ${valuesFile(base, name)},`)));
  if (undeclared.length === 0) return [{ level: 'ok', topic: 'skew', text: 'all values have a schema' }];
  const text = `no schema for the values of: ${undeclared.join(', ')}`;
  const advice = 'Deploy an image with these schemas, or remove the volumes: a service does not read them.';
  return [{ level: 'warning', topic: 'skew', text, advice }];
}

function foldersOf(directory: string): readonly string[] {
  try {
    const entries = readdirSync(directory, { withFileTypes: true });
    return entries
      .filter((entry) => !entry.name.startsWith('.') && (entry.isDirectory() || entry.isSymbolicLink()))
      .map((entry) => basename(entry.name));
  } catch {
    // The store has already logged that the directory is missing.
    return [];
  }
}

function examineClock({ namespaces }: Status, now: Date): readonly Check[] {
  const generated = Object.entries(namespaces).flatMap(([namespace, { generatedAt }]) =>
    generatedAt === null ? [] : [{ namespace, time: Date.parse(generatedAt) }],
  );
  const newest = generated.sort((a, b) => b.time - a.time)[0];
  if (newest === undefined) return [];
  const age = now.getTime() - newest.time;
  if (age >= -CLOCK_TOLERANCE_MS) {
    const text = `the newest values (${newest.namespace}) were generated ${formatDuration(age)} ago`;
    return [{ level: 'ok', topic: 'clock', text }];
  }
  const text = `the values of ${newest.namespace} were generated ${formatDuration(-age)} in the future`;
  return [
    {
      level: 'warning',
      topic: 'clock',
      text,
      advice: 'Set the clock of this machine, or of the machine that generated the values.',
    },
  ];
}

function describeRejection(topic: Check['topic'], error: unknown, advice: string): Check {
  const isExpected = error instanceof OptionsError || error instanceof CommandError;
  if (!isExpected) throw error;
  return { level: 'error', topic, text: error.message, advice };
}
