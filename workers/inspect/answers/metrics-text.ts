/** Formats metrics in Prometheus' text format, version 0.0.4. Pure. */
import type { ProcessAnswer } from '../../../src/status/answers.js';
import { MEASUREMENTS, type Measurement } from '../../../src/status/measurements.js';
import type { Status } from '../../../src/status/status.js';

/**
 * The names of units in the names of metrics; units in braces have none. OpenTelemetry's exporter for Node.js omits them.
 *
 * @see https://opentelemetry.io/docs/specs/otel/compatibility/prometheus_and_openmetrics/
 */
const UNIT_NAMES: ReadonlyMap<string | undefined, string> = new Map([['s', '_seconds']]);

/** Formats all metrics of a store, and one that names the versions. */
export function formatMetrics(status: Status, { node, library }: ProcessAnswer): string {
  const blocks = MEASUREMENTS.map((measurement) => formatMeasurement(measurement, status));
  const info = formatBlock('sentry_options_info', 'gauge', 'The versions of the library and of Node.', [
    `{version="${escapeLabel(library)}",node="${escapeLabel(node)}"} 1`,
  ]);
  return [...blocks, info].join('');
}

function formatMeasurement({ name, kind, description, unit, read }: Measurement, status: Status): string {
  const suffix = (UNIT_NAMES.get(unit) ?? '') + (kind === 'counter' ? '_total' : '');
  const rows = read(status).map(({ value, namespace }) => {
    const label = namespace === undefined ? '' : `{sentry_options_namespace="${escapeLabel(namespace)}"}`;
    return `${label} ${value}`;
  });
  return rows.length === 0
    ? ''
    : formatBlock(`sentry_options_${name.replaceAll('.', '_')}${suffix}`, kind, description, rows);
}

function formatBlock(name: string, kind: string, description: string, rows: readonly string[]): string {
  return `# HELP ${name} ${description}\n# TYPE ${name} ${kind}\n${rows.map((row) => `${name}${row}\n`).join('')}`;
}

/** Escapes the value of a label, by the rules of the format. */
function escapeLabel(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
