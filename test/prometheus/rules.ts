/** Tests alert rules with `promtool`, Prometheus' own program. */
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { temporaryDirectory } from '../support/base.js';
import { CASES } from './cases.js';
import { findProgram } from './install.mjs';
import { listSeries } from './series.js';

/** A rule of a rules file. */
export interface Rule {
  readonly alert?: string;
  readonly record?: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

export const ALERTS = fileURLToPath(new URL('../../examples/prometheus/alerts.yaml', import.meta.url));
/** The rules of the example, as text. */
export const ALERTS_TEXT = readFileSync(ALERTS, 'utf8');
export const promtool = findProgram('promtool');

/** Returns the rules of a rules file. */
export function parseRules(text: string): readonly Rule[] {
  return (parse(text) as { groups: { rules: Rule[] }[] }).groups.flatMap(({ rules }) => rules);
}

/**
 * Returns the cases in the form of `promtool test rules`: at each minute that a case names, exactly its alerts fire. All are
 * in one test, which takes a tenth of the time of many: each case is a job, and the rules keep jobs apart.
 */
export function makeTests(): readonly object[] {
  const severities = new Map(parseRules(ALERTS_TEXT).map(({ alert, labels }) => [alert, labels?.severity]));
  const cases = Object.entries(CASES);
  const input_series = cases.flatMap(([job, { processes }]) =>
    Object.entries(processes).flatMap(([instance, process]) => listSeries(job, instance, process)),
  );
  const promql_expr_test = cases.flatMap(([job, { firing }]) =>
    Object.entries(firing).map(([minute, fired]) => ({
      expr: `ALERTS{alertstate="firing",job="${job}"}`,
      eval_time: `${minute}m`,
      exp_samples: fired.map((alert) => {
        const [, short, labels] = /^(\w+)\{(.*)\}$/.exec(alert) ?? [];
        const alertname = `SentryOptions${short}`;
        const common = `alertname="${alertname}",alertstate="firing",job="${job}",severity="${severities.get(alertname)}"`;
        return { labels: `ALERTS{${common},${labels}}`, value: 1 };
      }),
    })),
  );
  // The names of metrics have units, or do not: it depends on who exports them.
  const withUnits = input_series.map(({ series, values }) => ({ series: addUnit(series), values }));
  return [input_series, withUnits].map((input_series) => ({ interval: '1m', input_series, promql_expr_test }));
}

/** Adds to a series of seconds the unit, as OpenTelemetry's other exporters do; to `le` a decimal, as Prometheus 3 does. */
function addUnit(series: string): string {
  return series
    .replace(/(?<=^sentry_options_(?:last_poll_timestamp|propagation_delay|reload_duration))/, '_seconds')
    .replace(/(?<=le="\d+)(?=")/, '.0');
}

/** Runs Prometheus' test of rules. Returns its exit code, and all that it printed. */
export function testRules(rules: string, tests: readonly object[]): [number | null, string] {
  const folder = temporaryDirectory();
  writeFileSync(join(folder, 'rules.yaml'), rules);
  // JSON is YAML.
  const test = { rule_files: ['rules.yaml'], evaluation_interval: '1m', tests };
  writeFileSync(join(folder, 'test.yaml'), JSON.stringify(test));
  const { status, stdout, stderr } = spawnSync(promtool as string, ['test', 'rules', 'test.yaml'], {
    cwd: folder,
    encoding: 'utf8',
  });
  return [status, stdout + stderr];
}

/** Whether Prometheus accepts the rules file. Throws with what it printed, if not. */
export function checkRules(file: string): void {
  execFileSync(promtool as string, ['check', 'rules', '--lint-fatal', file], { encoding: 'utf8' });
}
