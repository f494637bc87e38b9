/** What may keep a service from getting its options here: each finding with what to do. */

import { readdirSync } from 'node:fs';
import { basename } from 'node:path';
import type { Status } from 'sentry-options';
import manifest from '../../../package.json' with { type: 'json' };
import { formatDuration } from '../../common/duration.js';
import { OptionsError } from '../../common/errors.js';
import { type BaseDirectory, chooseDirectory, schemasDirectory, valuesDirectory } from '../../config/base-directory.js';
import { loadSchemas } from '../../schema/load-schemas.js';
import { CommandError } from '../terminal/errors.js';
import { formatJson } from '../terminal/format.js';
import { type StoreLog, withStore } from './store.js';

/** One thing that was looked at. An `error` keeps a service from starting. */
interface Check {
  readonly level: 'ok' | 'warning' | 'error';
  readonly topic: 'node' | 'directory' | 'schemas' | 'values' | 'mounts' | 'skew' | 'clock';
  /** What is so. */
  readonly text: string;
  /** What to do about it; undefined where there is nothing to do. */
  readonly advice?: string;
}

/** How far the clock that stamped a file may be ahead of this one, in milliseconds. */
const CLOCK_TOLERANCE_MS = 5_000;

const ORIGINS: Readonly<Record<BaseDirectory['origin'], string>> = {
  argument: 'from --dir',
  SENTRY_OPTIONS_DIR: 'from SENTRY_OPTIONS_DIR',
  production: 'the default of production, which exists',
  local:
    'the default of development: neither --dir nor SENTRY_OPTIONS_DIR is set, and /etc/sentry-options is not there',
};

/** Looks at everything, in the order in which a service needs it. */
export async function examine(directory: string | undefined, now: Date = new Date()): Promise<readonly Check[]> {
  const base = chooseDirectory(directory);
  const node = examineNode(process.versions.node, manifest.engines.node);
  const place: Check = {
    level: 'ok',
    topic: 'directory',
    text: `the base directory is ${base.directory}: ${ORIGINS[base.origin]}`,
  };
  const schemas = examineSchemas(base.directory);
  // What stands on schemas that cannot be used would only say the same again.
  const values = schemas.level === 'error' ? [] : await examineValues(base.directory, now);
  return [node, place, schemas, ...values];
}

/** The findings as lines, or as JSON. */
export function report(checks: readonly Check[], isJson: boolean): string {
  if (isJson) return formatJson({ checks });
  return checks
    .map(({ level, topic, text, advice }) => {
      const body = [text, ...(advice === undefined ? [] : [`→ ${advice}`])].join('\n');
      return `${level.padEnd(7)}  ${topic.padEnd(9)}  ${body.replaceAll('\n', `\n${' '.repeat(20)}`)}\n`;
    })
    .join('');
}

/** @throws {CommandError} where there is an error among the findings */
export function requireNoErrors(checks: readonly Check[]): void {
  const count = checks.filter(({ level }) => level === 'error').length;
  if (count > 0) throw new CommandError(count === 1 ? 'there is an error' : `there are ${count} errors`);
}

/** Of a range, only `>=MAJOR.MINOR` is understood: it is our own. */
function examineNode(version: string, range: string): Check {
  const least = range.replace('>=', '');
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [leastMajor = 0, leastMinor = 0] = least.split('.').map(Number);
  const isGood = major > leastMajor || (major === leastMajor && minor >= leastMinor);
  const text = `Node.js ${version}`;
  if (isGood) return { level: 'ok', topic: 'node', text };
  return { level: 'error', topic: 'node', text, advice: `use Node.js ${least} or later` };
}

function examineSchemas(base: string): Check {
  try {
    const schemas = loadSchemas({ directory: schemasDirectory(base) });
    const options = schemas.reduce((sum, schema) => sum + schema.options.size, 0);
    const names = schemas.map(({ namespace }) => namespace).join(', ');
    if (schemas.length > 0) {
      return { level: 'ok', topic: 'schemas', text: `${schemas.length} with ${options} options: ${names}` };
    }
    const advice = `add schemas to ${schemasDirectory(base)}, or hand them to init()`;
    return { level: 'warning', topic: 'schemas', text: 'there are none', advice };
  } catch (error) {
    return describeRejection('schemas', error, 'mend the files that are named: a service cannot start with them');
  }
}

/** By a store of its own, with a watcher thread as a service has it. What that warns of is a finding as well. */
async function examineValues(base: string, now: Date): Promise<readonly Check[]> {
  const warnings: string[] = [];
  const log: StoreLog = { info() {}, warn: (text) => warnings.push(text), error: (text) => warnings.push(text) };
  try {
    const status = await withStore(base, log, ({ store }) => store.status());
    const set = Object.values(status.namespaces).filter(({ valuesHash }) => valuesHash !== null).length;
    const text = `valid; ${set} of ${Object.keys(status.namespaces).length} namespaces have a values file`;
    const others = warnings.filter((warning) => !status.mountWarnings.includes(warning));
    return [
      { level: 'ok', topic: 'values', text },
      ...others.map((warning): Check => ({ level: 'warning', topic: 'values', text: warning })),
      ...examineMounts(status),
      ...examineSkew(base, status),
      ...examineClock(status, now),
    ];
  } catch (error) {
    return [
      describeRejection(
        'values',
        error,
        'mend or roll back the files that are named: a service cannot start with them',
      ),
    ];
  }
}

function examineMounts({ mountWarnings }: Status): readonly Check[] {
  if (mountWarnings.length === 0)
    return [{ level: 'ok', topic: 'mounts', text: 'nothing keeps changes from arriving' }];
  return mountWarnings.map((text) => ({ level: 'warning', topic: 'mounts', text }));
}

/** Values without a schema: of the opposite, names that a schema does not declare, the store itself warns. */
function examineSkew(base: string, { namespaces }: Status): readonly Check[] {
  const strangers = foldersOf(valuesDirectory(base)).filter((name) => !Object.hasOwn(namespaces, name));
  if (strangers.length === 0) return [{ level: 'ok', topic: 'skew', text: 'all values have a schema' }];
  const text = `there are values without a schema: ${strangers.join(', ')}`;
  const advice = 'deploy the image with their schemas, or remove the volume: they are never read';
  return [{ level: 'warning', topic: 'skew', text, advice }];
}

function foldersOf(directory: string): readonly string[] {
  try {
    const entries = readdirSync(directory, { withFileTypes: true });
    return entries
      .filter((entry) => !entry.name.startsWith('.') && (entry.isDirectory() || entry.isSymbolicLink()))
      .map((entry) => basename(entry.name));
  } catch {
    // That there is no such directory was told by the store.
    return [];
  }
}

function examineClock({ namespaces }: Status, now: Date): readonly Check[] {
  const made = Object.entries(namespaces).flatMap(([namespace, { generatedAt }]) =>
    generatedAt === null ? [] : [{ namespace, time: Date.parse(generatedAt) }],
  );
  const newest = made.sort((a, b) => b.time - a.time)[0];
  if (newest === undefined) return [];
  const age = now.getTime() - newest.time;
  if (age >= -CLOCK_TOLERANCE_MS) {
    const text = `the newest values (${newest.namespace}) were made ${formatDuration(Math.max(0, age))} ago`;
    return [{ level: 'ok', topic: 'clock', text }];
  }
  const text = `the values of ${newest.namespace} were made ${formatDuration(-age)} in the future`;
  return [
    { level: 'warning', topic: 'clock', text, advice: 'set the clock of this machine, or of the one that runs CI' },
  ];
}

function describeRejection(topic: Check['topic'], error: unknown, advice: string): Check {
  const isTheirs = error instanceof OptionsError || error instanceof CommandError;
  if (!isTheirs) throw error;
  return { level: 'error', topic, text: error.message, advice };
}
