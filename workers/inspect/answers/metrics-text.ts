/** Formats metrics in Prometheus' text format, version 0.0.4. Pure. */
import type { ProcessAnswer } from '../../../src/status/answers.js';
import {
  type Measured,
  type Measurement,
  STATUS_MEASUREMENTS,
  USAGE_MEASUREMENTS,
} from '../../../src/status/measurements.js';
import type { Status } from '../../../src/status/status.js';
import type { Usage } from '../../../src/status/usage.js';

/**
 * The names of units in the names of metrics; units in braces have none. OpenTelemetry's exporter for Node.js omits them.
 *
 * @see https://opentelemetry.io/docs/specs/otel/compatibility/prometheus_and_openmetrics/
 */
const UNIT_NAMES: ReadonlyMap<string | undefined, string> = new Map([['s', '_seconds']]);

/** Formats all metrics of a store, one after the other: those of what is used have a line for each option. */
export function* formatMetrics(
  status: Status,
  usage: Usage | undefined,
  { node, library }: ProcessAnswer,
): Generator<string> {
  for (const measurement of STATUS_MEASUREMENTS) yield* formatMeasurement(measurement, status);
  if (usage !== undefined) for (const measurement of USAGE_MEASUREMENTS) yield* formatMeasurement(measurement, usage);
  yield formatHead('sentry_options_info', 'gauge', 'The versions of the library and of Node.');
  yield formatRow('sentry_options_info', { value: 1, attributes: { version: library, node } });
}

function* formatMeasurement<Subject>(measurement: Measurement<Subject>, subject: Subject): Generator<string> {
  const { kind, description, unit } = measurement;
  const name = toName(measurement.name) + (UNIT_NAMES.get(unit) ?? '') + (kind === 'counter' ? '_total' : '');
  let hasHead = false;
  for (const measured of measurement.read(subject)) {
    if (!hasHead) yield formatHead(name, kind, description);
    hasHead = true;
    yield formatRow(name, measured);
  }
}

function formatHead(name: string, kind: string, description: string): string {
  return `# HELP ${name} ${description}\n# TYPE ${name} ${kind}\n`;
}

function formatRow(name: string, { value, attributes = {} }: Measured): string {
  const labels = Object.entries(attributes).map(([key, text]) => `${toName(key)}="${escapeLabel(text)}"`);
  return `${name}${labels.length === 0 ? '' : `{${labels.join()}}`} ${value}\n`;
}

/** Converts a name of OpenTelemetry: only letters, digits and underscores are allowed. */
function toName(name: string): string {
  return name.replaceAll('.', '_');
}

/** Escapes the value of a label, by the rules of the format. */
function escapeLabel(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
