/** What `init()` and `openOptions()` are told, checked and completed: `OptionsConfig` becomes `ResolvedConfig`. */
import { ConfigError } from '../common/errors.js';
import type { Logger } from '../common/log.js';
import { chooseDirectory } from './base-directory.js';
import { resolveTelemetry, type TelemetrySettings } from './telemetry.js';

/**
 * Hears how long the values of a namespace took from being made (their `generated_at`) to being live here, in seconds.
 */
export type PropagationListener = (namespace: string, delaySecs: number) => void;

/** What a store can be told. Everything is optional. */
export interface OptionsConfig {
  /**
   * The base directory, which holds `schemas/` and `values/`. Default: `SENTRY_OPTIONS_DIR`, else
   * `/etc/sentry-options` if it exists, else `./sentry-options`.
   */
  directory?: string | undefined;
  /** Schemas by namespace, as objects or JSON texts, instead of the `schemas/` directory. */
  schemas?: Readonly<Record<string, object | string>> | undefined;
  /** Schemas by namespace beside those of the directory; a namespace that is there already is an error. */
  additionalSchemas?: Readonly<Record<string, object | string>> | undefined;
  /** Milliseconds between two polls, 10 to 3 600 000. Default 5 000. `null`: no polling, `refresh()` only. */
  pollInterval?: number | null | undefined;
  /** Milliseconds until a start without a first value fails. Default 30 000. */
  startTimeout?: number | undefined;
  /** Called in the thread that called `init()`. Default: warnings and errors go straight to stderr. */
  logger?: Logger | undefined;
  /** Replaces values by their types in messages and in `status()`. Default false. */
  redactValues?: boolean | undefined;
  /**
   * Called in the thread that called `init()`, on a later turn, after a reload that brought a namespace a new
   * `generated_at`. What it throws is logged, and harms nothing.
   */
  onPropagation?: PropagationListener | undefined;
  /**
   * Where reload telemetry is sent to: a DSN of Sentry. Default: `SENTRY_OPTIONS_DSN`. `null`, or an empty text:
   * nowhere, whatever the environment says.
   */
  dsn?: string | null | undefined;
  /** Sentry's `environment` of the telemetry. Default: `SENTRY_OPTIONS_ENVIRONMENT`, else `production`. */
  environment?: string | undefined;
}

/** The same, complete: what the rest of the code works with. */
export interface ResolvedConfig {
  /** Absolute. */
  readonly directory: string;
  readonly schemas: Readonly<Record<string, string>> | undefined;
  readonly additionalSchemas: Readonly<Record<string, string>> | undefined;
  readonly pollInterval: number | null;
  readonly startTimeout: number;
  readonly logger: Logger | undefined;
  readonly redactValues: boolean;
  readonly onPropagation: PropagationListener | undefined;
  /** Undefined where no telemetry is sent. */
  readonly telemetry: TelemetrySettings | undefined;
  /** Why there is none though the environment asks for it: a warning. */
  readonly telemetryWarning: string | undefined;
  /** From the environment: no warning where there is no values directory at start. */
  readonly suppressMissingDirectory: boolean;
}

const MIN_POLL_INTERVAL = 10;
const MAX_POLL_INTERVAL = 3_600_000;
/** The longest delay that a timer of Node takes. */
const MAX_START_TIMEOUT = 2 ** 31 - 1;

const DEFAULTS = { pollInterval: 5_000, startTimeout: 30_000, redactValues: false } as const;

const KNOWN_KEYS: ReadonlySet<string> = new Set<keyof OptionsConfig>([
  'directory',
  'schemas',
  'additionalSchemas',
  'pollInterval',
  'startTimeout',
  'logger',
  'redactValues',
  'onPropagation',
  'dsn',
  'environment',
]);

/**
 * Checks `config` and fills in what it leaves out, from the environment and the defaults.
 *
 * @throws {ConfigError} naming the setting, what it is, and what it may be
 */
export function resolveConfig(config: OptionsConfig = {}, env: NodeJS.ProcessEnv = process.env): ResolvedConfig {
  if (typeof config !== 'object' || config === null) throw new ConfigError('The configuration is not an object.');
  for (const key of Object.keys(config)) {
    if (!KNOWN_KEYS.has(key)) {
      throw new ConfigError(`Unknown setting '${key}'. There are: ${[...KNOWN_KEYS].join(', ')}.`, { key });
    }
  }
  const { pollInterval = DEFAULTS.pollInterval, startTimeout = DEFAULTS.startTimeout } = config;
  if (pollInterval !== null) requireRange('pollInterval', pollInterval, MIN_POLL_INTERVAL, MAX_POLL_INTERVAL);
  requireRange('startTimeout', startTimeout, 1, MAX_START_TIMEOUT);
  if (config.logger !== undefined) requireLogger(config.logger);
  if (config.onPropagation !== undefined && typeof config.onPropagation !== 'function') {
    throw new ConfigError('onPropagation is no function.', { key: 'onPropagation' });
  }
  return {
    directory: chooseDirectory(config.directory, env).directory,
    schemas: config.schemas && toSchemaTexts('schemas', config.schemas),
    additionalSchemas: config.additionalSchemas && toSchemaTexts('additionalSchemas', config.additionalSchemas),
    pollInterval,
    startTimeout,
    logger: config.logger,
    redactValues: config.redactValues ?? DEFAULTS.redactValues,
    onPropagation: config.onPropagation,
    ...resolveTelemetry(config, { dsn: env.SENTRY_OPTIONS_DSN, environment: env.SENTRY_OPTIONS_ENVIRONMENT }),
    suppressMissingDirectory: /^(1|true)$/i.test(env.SENTRY_OPTIONS_SUPPRESS_MISSING_DIR ?? ''),
  };
}

function requireRange(key: string, value: unknown, least: number, most: number): void {
  if (typeof value !== 'number' || !(value >= least && value <= most)) {
    throw new ConfigError(`${key} is ${String(value)}; it must be a number of milliseconds from ${least} to ${most}.`, {
      key,
    });
  }
}

function requireLogger(logger: Logger): void {
  const missing = (['debug', 'info', 'warn', 'error'] as const).filter(
    (level) => typeof logger?.[level] !== 'function',
  );
  if (missing.length > 0) {
    throw new ConfigError(`logger lacks the functions ${missing.join(', ')}; it needs console's shape.`, {
      key: 'logger',
    });
  }
}

/** Schemas as JSON texts, the one form that crosses to the watcher whatever a host's object is made of. */
function toSchemaTexts(key: string, schemas: Readonly<Record<string, object | string>>): Record<string, string> {
  const texts: Record<string, string> = Object.create(null);
  for (const [namespace, schema] of Object.entries(schemas)) {
    const place = { namespace, key };
    let text: unknown;
    try {
      text = typeof schema === 'string' ? schema : JSON.stringify(schema);
    } catch (cause) {
      throw new ConfigError(`${key}.${namespace} cannot be written as JSON: ${String(cause)}`, place, { cause });
    }
    if (typeof text !== 'string')
      throw new ConfigError(`${key}.${namespace} is no schema but ${typeof schema}.`, place);
    texts[namespace] = text;
  }
  return texts;
}
