/**
 * Where reload telemetry goes: the settings `dsn` and `environment`, checked. Runs in the thread that calls `init()`,
 * and knows nothing of what sends it.
 */
import { ConfigError } from '../common/errors.js';

/** What the watcher sends its transactions with. */
export interface TelemetrySettings {
  /** A whole and valid DSN. */
  readonly dsn: string;
  /** Sentry's `environment` of the transactions. */
  readonly environment: string;
}

/** What Sentry takes an event for that names no environment. */
const DEFAULT_ENVIRONMENT = 'production';

/** How long `close()` waits for transactions that are on their way, in milliseconds. */
export const FLUSH_MS = 500;

const MAX_ENVIRONMENT_LENGTH = 64;

const DSN_FORM = 'The form is https://PUBLIC_KEY@HOST/PROJECT_NUMBER.';

/** The two settings, as they come: `null` and the empty text are no DSN. */
interface TelemetryInput {
  readonly dsn?: string | null | undefined;
  readonly environment?: string | undefined;
}

/**
 * Where telemetry is sent to, if anywhere; arguments go before variables. A wrong argument is an error, which is met by
 * whoever wrote it. A wrong variable comes with a deployment, and no service is to stay down for want of telemetry: it
 * turns that off, and `telemetryProblem` is the warning to give.
 *
 * @throws {ConfigError} naming the argument
 */
export function resolveTelemetry(
  argument: TelemetryInput,
  variable: TelemetryInput,
): { telemetry: TelemetrySettings | undefined; telemetryWarning: string | undefined } {
  const environment = argument.environment ?? (variable.environment || DEFAULT_ENVIRONMENT);
  const environmentIssue = describeIssue(checkEnvironment(environment));
  if (argument.environment !== undefined) reject('environment', environmentIssue);
  const dsn = argument.dsn === undefined ? variable.dsn : argument.dsn;
  if (dsn === undefined || dsn === null || dsn === '') return { telemetry: undefined, telemetryWarning: undefined };
  const dsnIssue = describeIssue(checkDsn(dsn), DSN_FORM);
  if (argument.dsn !== undefined) reject('dsn', dsnIssue);
  if (dsnIssue !== undefined) return turnOff(`SENTRY_OPTIONS_DSN ${dsnIssue}`);
  if (environmentIssue !== undefined) return turnOff(`SENTRY_OPTIONS_ENVIRONMENT ${environmentIssue}`);
  return { telemetry: { dsn, environment }, telemetryWarning: undefined };
}

function turnOff(issue: string): ReturnType<typeof resolveTelemetry> {
  return { telemetry: undefined, telemetryWarning: `${issue} Reload telemetry is off.` };
}

function reject(key: string, describeIssue: string | undefined): void {
  if (describeIssue !== undefined) throw new ConfigError(`${key} ${describeIssue}`, { key });
}

function describeIssue(issue: string | undefined, form = ''): string | undefined {
  return issue && `cannot be used: ${issue}. ${form}`.trimEnd();
}

/**
 * What is wrong with `dsn`, as the end of a sentence; undefined where it can be used. At least as strict as Sentry's own
 * check, which would print what it refuses. Says nothing of what stands there: the key is nobody's business.
 *
 * @example dsnProblem('https://o1.ingest.sentry.io/2') // 'it has no public key before the host'
 */
function checkDsn(dsn: unknown): string | undefined {
  if (typeof dsn !== 'string') return 'it is no text';
  const parts = /^https?:\/\/(?:(?<key>\w+)(?::\w*)?@)?(?<host>\[[:.%\w]+\]|[\w.-]+)(?::\d+)?(?<path>\/.*)?$/.exec(dsn);
  if (!/^https?:\/\//.test(dsn)) return 'it does not begin with http:// or https://';
  if (parts === null || !URL.canParse(dsn)) return 'its key, its host or its port is not written as in an address';
  if (parts.groups?.key === undefined) return 'it has no public key before the host';
  if (!/^(?:\/[\w.~-]+)*\/\d+$/.test(parts.groups.path ?? '')) return 'it does not end in the number of a project';
  return undefined;
}

/** What is wrong with `environment`, by Sentry's rules, as the end of a sentence; undefined where it can be used. */
function checkEnvironment(environment: unknown): string | undefined {
  if (typeof environment !== 'string' || environment === '') return 'it is no text, or an empty one';
  if (environment.length > MAX_ENVIRONMENT_LENGTH) return `it has more than ${MAX_ENVIRONMENT_LENGTH} characters`;
  if (/[\s/]/.test(environment)) return 'it holds a space, a line break or a slash';
  if (environment === 'None') return 'Sentry has no environment of the name None';
  return undefined;
}
