/**
 * Checks the settings of the reload telemetry, `dsn` and `environment`. Runs in the thread that starts the store. Must
 * not import the code that sends telemetry.
 */
import { ConfigError } from '../common/errors.js';

/** What the watcher needs to send its transactions. */
export interface TelemetrySettings {
  /** A complete and valid DSN. */
  readonly dsn: string;
  /** Sentry's `environment` of the transactions. */
  readonly environment: string;
}

/** The environment that Sentry assumes for an event that names none. */
const DEFAULT_ENVIRONMENT = 'production';

/** How long `close()` waits for transactions in flight, in milliseconds. */
export const FLUSH_MS = 500;

const MAX_ENVIRONMENT_LENGTH = 64;

const DSN_FORM = 'The form is https://PUBLIC_KEY@HOST/PROJECT_NUMBER.';

/** The two settings, unchecked. `null` and the empty string mean: no DSN. */
interface TelemetryInput {
  readonly dsn?: string | null | undefined;
  readonly environment?: string | undefined;
}

/**
 * Determines where telemetry is sent to, if anywhere. Arguments take precedence over variables.
 *
 * An invalid argument throws, because its author sees the error. An invalid variable comes with a deployment, and no
 * service must stay down for lack of telemetry: it turns telemetry off, and `telemetryWarning` is the warning to log.
 *
 * @throws {ConfigError} if an argument is invalid; the message names the argument
 */
export function resolveTelemetry(
  argument: TelemetryInput,
  variable: TelemetryInput,
): { telemetry: TelemetrySettings | undefined; telemetryWarning: string | undefined } {
  const isGiven = { dsn: argument.dsn !== undefined, environment: argument.environment !== undefined };
  const environment = trim(
    isGiven.environment ? argument.environment : trim(variable.environment) || DEFAULT_ENVIRONMENT,
  ) as string;
  const environmentIssue = describeIssue(checkEnvironment(environment));
  if (isGiven.environment) reject('environment', environmentIssue);
  const dsn = trim(isGiven.dsn ? argument.dsn : variable.dsn);
  if (dsn === undefined || dsn === null || dsn === '') return { telemetry: undefined, telemetryWarning: undefined };
  const dsnIssue = describeIssue(checkDsn(dsn), DSN_FORM);
  if (isGiven.dsn) reject('dsn', dsnIssue);
  if (dsnIssue !== undefined) return turnOff(`SENTRY_OPTIONS_DSN ${dsnIssue}`);
  if (environmentIssue !== undefined) return turnOff(`SENTRY_OPTIONS_ENVIRONMENT ${environmentIssue}`);
  return { telemetry: { dsn, environment }, telemetryWarning: undefined };
}

/** Trims white space: a secret that `echo` has made ends in a line break. Leaves anything but a string as it is. */
function trim<T>(value: T): T {
  return typeof value === 'string' ? (value.trim() as T) : value;
}

function turnOff(issue: string): ReturnType<typeof resolveTelemetry> {
  return { telemetry: undefined, telemetryWarning: `${issue} Reload telemetry is off.` };
}

function reject(key: string, issue: string | undefined): void {
  if (issue !== undefined) throw new ConfigError(`${key} ${issue}`, { key });
}

function describeIssue(issue: string | undefined, form = ''): string | undefined {
  return issue && `cannot be used: ${issue}. ${form}`.trimEnd();
}

const QUOTES = /^["'`\u2018-\u201f]|["'`\u2018-\u201f]$/;

/**
 * Describes what is wrong with `dsn`, as a clause; undefined if `dsn` is valid. At least as strict as Sentry's own
 * check, which prints what it rejects. The clause quotes nothing of `dsn`, because its key may be secret.
 *
 * @example checkDsn('https://o1.ingest.sentry.io/2') // 'it has no public key before the host'
 */
function checkDsn(dsn: unknown): string | undefined {
  if (typeof dsn !== 'string') return 'it is not a string';
  if (QUOTES.test(dsn)) return 'it has quotes around it; remove them';
  if (/\s/.test(dsn)) return 'it contains white space';
  const [, authority = '', path = ''] = /^https?:\/\/([^/?#]*)(.*)$/.exec(dsn) ?? [];
  if (!/^https?:\/\//.test(dsn)) return 'it does not begin with http:// or https://';
  const end = authority.lastIndexOf('@');
  if (end <= 0) return 'it has no public key before the host';
  if (!/^\w+(?::\w*)?$/.test(authority.slice(0, end))) return 'its public key is malformed';
  const [, host = '', port] = /^(\[[^\]]*\]|[^:]*)(?::(.*))?$/.exec(authority.slice(end + 1)) ?? [];
  if (port !== undefined && !isPort(port)) return 'its port is not a number from 1 to 65535';
  if (!/^(?:\[[:.%\w]+\]|[\w.-]+)$/.test(host) || !URL.canParse(dsn)) return 'its host is malformed';
  if (!/^(?:\/[\w.~-]+)*\/\d+$/.test(path)) return 'it does not end in a project number';
  return undefined;
}

function isPort(text: string): boolean {
  return /^\d{1,5}$/.test(text) && Number(text) >= 1 && Number(text) <= 65_535;
}

/** Describes what is wrong with `environment` by Sentry's rules, as a clause; undefined if `environment` is valid. */
function checkEnvironment(environment: unknown): string | undefined {
  if (typeof environment !== 'string' || environment === '') return 'it must be a non-empty string';
  if (environment.length > MAX_ENVIRONMENT_LENGTH) return `it has more than ${MAX_ENVIRONMENT_LENGTH} characters`;
  if (/[\s/]/.test(environment)) return 'it contains a space, a line break or a slash';
  if (environment === 'None') return 'Sentry does not allow the name None';
  return undefined;
}
