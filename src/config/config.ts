/**
 * Checks and completes the settings of `init()` and `openOptions()`: `OptionsConfig` becomes `ResolvedConfig`. Runs in
 * the thread that calls them.
 */
import { ConfigError } from '../common/errors.js';
import { DEFAULT_MAX_FILE_BYTES, MAX_FILE_BYTES } from '../common/file-limits.js';
import { describeThrown, type Logger } from '../common/log.js';
import { readSettings } from '../common/settings.js';
import { describeArgument, describeKind } from '../common/value.js';
import { chooseDirectory, ownVariables } from './base-directory.js';
import { type InspectConfig, type InspectSettings, resolveInspect } from './inspect.js';
import { toSchemaStrings } from './schema-strings.js';
import { type InvalidValuesPolicy, resolveState, type StateSettings } from './state.js';
import { resolveTelemetry, type TelemetrySettings } from './telemetry.js';

/**
 * Receives the propagation delay of a namespace's values, in seconds: the time from their `generated_at` to their
 * publication in this process.
 */
export type PropagationListener = (namespace: string, delaySecs: number) => void;

/** Whether a bad values file rejects the whole reload (`all`), or only the values of its own namespace. */
export type Isolation = 'all' | 'namespace';

/** What to do with a reload that is valid but suspicious: publish it with a warning, or hold it back. */
export type SuspiciousReload = 'warn' | 'hold';

/** The settings of a store. All are optional. */
export interface OptionsConfig {
  /**
   * The base directory, which contains `schemas/` and `values/`. Default: `SENTRY_OPTIONS_DIR`, else
   * `/etc/sentry-options` if it exists, else `./sentry-options`.
   */
  directory?: string | undefined;
  /** Schemas by namespace, as objects or JSON strings. Replaces the `schemas/` directory. */
  schemas?: Readonly<Record<string, object | string>> | undefined;
  /** Schemas by namespace, in addition to the directory or `schemas`. A namespace that already exists is an error. */
  additionalSchemas?: Readonly<Record<string, object | string>> | undefined;
  /** Milliseconds between two polls, 10 to 3 600 000. Default: 5 000. `null`: no polling, only `refresh()`. */
  pollInterval?: number | null | undefined;
  /**
   * The largest `values.json`, in bytes, 1 to 8 388 608. Default: 1 114 112, which is more than a ConfigMap can hold. Once
   * parsed, a file may take 16 times this setting of memory, or less in a small container.
   */
  maxFileBytes?: number | undefined;
  /**
   * What a bad values file keeps back in a reload. `'all'`: all namespaces keep their last good values. `'namespace'`: its
   * own namespace does, and the values of the others become live. At start, a bad file always throws. Default: `'all'`.
   */
  isolation?: Isolation | undefined;
  /**
   * What happens to a reload that is valid, but in which a file sets nothing any more, unsets more than half of the options
   * that were set, or turns off more than half of the flags that are on for everybody. `'warn'`: one warning. `'hold'`: the
   * last values stay in use until the files change, `refresh({ accept: true })`, or a restart. Default: `'warn'`.
   */
  suspiciousReload?: SuspiciousReload | undefined;
  /** Milliseconds that `init()` waits for the first values, 1 to 2^31 - 1. Default: 30 000. */
  startTimeout?: number | undefined;
  /**
   * Receives all messages, in the thread that starts the store. Default: problems, and their ends, go directly to stderr.
   * pino's, bunyan's and winston's loggers also get the fields `code`, `namespace`, `generation` and `file`.
   *
   * @example
   * init({ logger: pino() });
   * // {"level":30,…,"code":"values-live","namespace":"shop","generation":2,"msg":"Generation 2 is live: shop/page-size (1 option)"}
   */
  logger?: Logger | undefined;
  /** Whether messages and `status()` show the types of values instead of the values. Default: false. */
  redactValues?: boolean | undefined;
  /**
   * Called after a reload that brings a namespace a new `generated_at`, in the thread that starts the store, on a later
   * turn of its event loop. If it throws or rejects, the error is logged, and the store continues.
   */
  onPropagation?: PropagationListener | undefined;
  /**
   * The Sentry DSN that receives reload telemetry. Default: `SENTRY_OPTIONS_DSN`. `null` or an empty string: no
   * telemetry, whatever the environment says.
   */
  dsn?: string | null | undefined;
  /** Sentry's `environment` of the telemetry. Default: `SENTRY_OPTIONS_ENVIRONMENT`, else `production`. */
  environment?: string | undefined;
  /**
   * Where this process can be asked what is live, by a person, `sentry-options ps` or a browser: `true` for a Unix socket
   * that only this user can open, the path of a socket, a port of the loopback, or `HOST:PORT`. Default:
   * `SENTRY_OPTIONS_INSPECT`, else nowhere. `false`: nowhere, whatever the environment says.
   */
  inspect?: boolean | string | number | InspectConfig | undefined;
  /**
   * Whether to count what is read, for {@link OptionsStore.usage}: about 2 ns for each evaluation of a flag (3 to 5 if it
   * is not set), and 8 bytes for each flag and thread. Default: true.
   */
  usage?: boolean | undefined;
  /**
   * An existing directory in which the watcher keeps the last good values, for a later start. Default:
   * `SENTRY_OPTIONS_STATE_DIR`, else none. `null` or an empty string: none, whatever the environment says.
   */
  stateDirectory?: string | null | undefined;
  /**
   * What a start does if the values are invalid or cannot be read: `throw`; serve the values that `stateDirectory` holds
   * (`lastGood`), or throw if it holds none; or serve the `defaults`. Default: `lastGood` with a `stateDirectory`, else
   * `throw`.
   */
  onInvalidValues?: InvalidValuesPolicy | undefined;
}

/** All settings, checked and completed. The rest of the code uses these. */
export interface ResolvedConfig extends StateSettings {
  /** The absolute path. */
  readonly directory: string;
  readonly schemas: Readonly<Record<string, string>> | undefined;
  readonly additionalSchemas: Readonly<Record<string, string>> | undefined;
  readonly pollInterval: number | null;
  readonly maxFileBytes: number;
  readonly isolation: Isolation;
  readonly suspiciousReload: SuspiciousReload;
  readonly startTimeout: number;
  readonly logger: Logger | undefined;
  readonly redactValues: boolean;
  readonly onPropagation: PropagationListener | undefined;
  /** Undefined if telemetry is off. */
  readonly telemetry: TelemetrySettings | undefined;
  /** The warning to log; undefined unless the environment asks for telemetry with an invalid variable. */
  readonly telemetryWarning: string | undefined;
  /** Undefined if the process cannot be asked. */
  readonly inspect: InspectSettings | undefined;
  /** The warning to log; undefined unless the environment has an invalid address. */
  readonly inspectWarning: string | undefined;
  readonly usage: boolean;
  /** Whether to log no warning if the values directory does not exist at startup. From the environment. */
  readonly suppressMissingDirectory: boolean;
}

const MIN_POLL_INTERVAL = 10;
const MAX_POLL_INTERVAL = 3_600_000;
/** The longest delay of a timer in Node, in milliseconds. */
const MAX_START_TIMEOUT = 2 ** 31 - 1;

const DEFAULTS = {
  pollInterval: 5_000,
  maxFileBytes: DEFAULT_MAX_FILE_BYTES,
  isolation: 'all',
  suspiciousReload: 'warn',
  startTimeout: 30_000,
  redactValues: false,
  usage: true,
} as const;

/** The names of all settings. */
export const SETTINGS: readonly (keyof OptionsConfig)[] = [
  'directory',
  'schemas',
  'additionalSchemas',
  'pollInterval',
  'maxFileBytes',
  'isolation',
  'suspiciousReload',
  'startTimeout',
  'logger',
  'redactValues',
  'onPropagation',
  'dsn',
  'environment',
  'inspect',
  'usage',
  'stateDirectory',
  'onInvalidValues',
];

/** The settings as the subject of a message. */
export const CONFIGURATION = 'The configuration';

/**
 * Checks `config`, and completes it from the environment and the defaults.
 *
 * @throws {ConfigError} if a setting is invalid; the message names the setting, its value and what it must be
 */
export function resolveConfig(
  config: OptionsConfig | undefined,
  variables: NodeJS.ProcessEnv = process.env,
): ResolvedConfig {
  const settings = readSettings<OptionsConfig>(CONFIGURATION, config, SETTINGS);
  const env = ownVariables(variables);
  const { pollInterval = DEFAULTS.pollInterval, startTimeout = DEFAULTS.startTimeout } = settings;
  const {
    maxFileBytes = DEFAULTS.maxFileBytes,
    redactValues = DEFAULTS.redactValues,
    usage = DEFAULTS.usage,
    isolation = DEFAULTS.isolation,
    suspiciousReload = DEFAULTS.suspiciousReload,
    logger,
    onPropagation,
  } = settings;
  if (pollInterval !== null) requireRange('pollInterval', pollInterval, MIN_POLL_INTERVAL, MAX_POLL_INTERVAL);
  requireRange('startTimeout', startTimeout, 1, MAX_START_TIMEOUT);
  if (!(Number.isInteger(maxFileBytes) && maxFileBytes >= 1 && maxFileBytes <= MAX_FILE_BYTES)) {
    throw new ConfigError(
      `maxFileBytes must be an integer from 1 to ${MAX_FILE_BYTES}; got ${describeArgument(maxFileBytes)}.`,
      { key: 'maxFileBytes' },
    );
  }
  if (isolation !== 'all' && isolation !== 'namespace') {
    throw new ConfigError(`isolation must be 'all' or 'namespace'; got ${describeArgument(isolation)}.`, {
      key: 'isolation',
    });
  }
  if (suspiciousReload !== 'warn' && suspiciousReload !== 'hold') {
    throw new ConfigError(`suspiciousReload must be 'warn' or 'hold'; got ${describeArgument(suspiciousReload)}.`, {
      key: 'suspiciousReload',
    });
  }
  if (logger !== undefined) requireLogger(logger);
  requireBoolean('redactValues', redactValues);
  requireBoolean('usage', usage);
  if (onPropagation !== undefined && typeof onPropagation !== 'function') {
    throw new ConfigError(`onPropagation must be a function; got ${describeKind(onPropagation)}.`, {
      key: 'onPropagation',
    });
  }
  return {
    directory: chooseDirectory(settings.directory, env).directory,
    schemas: toSchemaStrings('schemas', settings.schemas),
    additionalSchemas: toSchemaStrings('additionalSchemas', settings.additionalSchemas),
    pollInterval,
    maxFileBytes,
    isolation,
    suspiciousReload,
    startTimeout,
    logger,
    redactValues,
    usage,
    onPropagation,
    ...resolveTelemetry(settings, { dsn: env.SENTRY_OPTIONS_DSN, environment: env.SENTRY_OPTIONS_ENVIRONMENT }),
    ...resolveInspect({ argument: settings.inspect, variable: env.SENTRY_OPTIONS_INSPECT, redactValues }),
    ...resolveState(settings, env.SENTRY_OPTIONS_STATE_DIR),
    suppressMissingDirectory: /^\s*(1|true)\s*$/i.test(env.SENTRY_OPTIONS_SUPPRESS_MISSING_DIR ?? ''),
  };
}

function requireBoolean(key: string, value: unknown): void {
  if (typeof value !== 'boolean') {
    throw new ConfigError(`${key} must be a boolean; got ${describeArgument(value)}.`, { key });
  }
}

function requireRange(key: string, value: unknown, least: number, most: number): void {
  if (typeof value !== 'number' || !(value >= least && value <= most)) {
    throw new ConfigError(
      `${key} must be a number of milliseconds from ${least} to ${most}; got ${describeArgument(value)}.`,
      {
        key,
      },
    );
  }
}

function requireLogger(logger: Logger): void {
  const missing = (['debug', 'info', 'warn', 'error'] as const).filter((level) => {
    try {
      return typeof logger?.[level] !== 'function';
    } catch (cause) {
      throw new ConfigError(`logger.${level} cannot be read: ${describeThrown(cause)}`, { key: 'logger' }, { cause });
    }
  });
  if (missing.length > 0) {
    throw new ConfigError(`logger must have the methods debug, info, warn and error; it lacks ${missing.join(', ')}.`, {
      key: 'logger',
    });
  }
}
