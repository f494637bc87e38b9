/** Tests the rules of the Prometheus example and of docs/monitoring.md with Prometheus' own program, of Debian's package `prometheus`. */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { temporaryDirectory } from '../support/base.js';

const ALERTS = fileURLToPath(new URL('../../examples/prometheus/alerts.yaml', import.meta.url));
const HELD = 'sentry_options_namespace_held';
const OK = 'sentry_options_last_reload_successful';

/** What the rules see of a process for three minutes, and which alerts fire then, with the namespace that they name. */
const CASES: Readonly<Record<string, readonly [series: Readonly<Record<string, number>>, fires: readonly string[]]>> = {
  'all is well': [{ [OK]: 1, sentry_options_fallback: 0, [`${HELD}/shop`]: 0 }, []],
  'a namespace is held back': [
    { [OK]: 0, sentry_options_fallback: 0, [`${HELD}/shop`]: 1, [`${HELD}/seer`]: 0 },
    ['SentryOptionsNamespaceHeld/shop'],
  ],
  'a start on old values': [
    { [OK]: 0, sentry_options_fallback: 1, [`${HELD}/shop`]: 0 },
    ['SentryOptionsStartedOnOldValues'],
  ],
  'a start on old values of one namespace': [
    { [OK]: 0, sentry_options_fallback: 1, [`${HELD}/shop`]: 1 },
    ['SentryOptionsNamespaceHeld/shop'],
  ],
  'rejected or suspicious files': [
    { [OK]: 0, sentry_options_fallback: 0, [`${HELD}/shop`]: 0 },
    ['SentryOptionsFilesRejected'],
  ],
};

const hasPromtool = spawnSync('promtool', ['--version']).status === 0;

it.runIf(hasPromtool)('Each cause of old values fires one alert, which names it (skipped without promtool)', () => {
  const tests = Object.entries(CASES).map(([name, [series, fires]]) => ({
    name,
    interval: '1m',
    // Another process, which is well, has no part in it.
    input_series: Object.entries(series).flatMap(([id, value]) => {
      const [metric = '', namespace] = id.split('/');
      const label = namespace === undefined ? '' : `,sentry_options_namespace="${namespace}"`;
      const well = Number(metric === OK);
      return [
        { series: `${metric}{instance="a",job="j"${label}}`, values: `${value}x3` },
        { series: `${metric}{instance="b",job="j"${label}}`, values: `${well}x3` },
      ];
    }),
    promql_expr_test: [
      {
        expr: 'ALERTS{alertstate="firing"}',
        eval_time: '3m',
        exp_samples: fires
          .map((fired) => fired.split('/'))
          .map(([alertname, namespace]) => {
            const label = namespace === undefined ? '' : `, sentry_options_namespace="${namespace}"`;
            const labels = `alertname="${alertname}", alertstate="firing", instance="a", job="j", severity="warning"${label}`;
            return { labels: `ALERTS{${labels}}`, value: 1 };
          }),
      },
    ],
  }));
  expect(testRules(ALERTS, tests)).toEqual([0, expect.stringContaining('SUCCESS')]);
});

it.runIf(hasPromtool)('The rules of the page find what no pod has used (skipped without promtool)', () => {
  const page = readFileSync(new URL('../../docs/monitoring.md', import.meta.url), 'utf8');
  const rules = join(temporaryDirectory(), 'usage.yaml');
  writeFileSync(rules, /```yaml\n(groups:\n {2}- name: sentry-options-usage\n.*?)```/s.exec(page)?.[1] ?? '');
  const option = (name: string, pod: string) =>
    `sentry_options_option_used{sentry_options_namespace="shop",sentry_options_option="${name}",instance="${pod}"}`;
  const flag = (name: string, pod: string, answer: string) =>
    `feature_flag_evaluations_total{sentry_options_namespace="shop",feature_flag_key="${name}",instance="${pod}",feature_flag_result_variant=${answer}}`;
  const failed = '"off",error_type="invalid_context"';
  const input_series = [
    { series: option('nobody', 'a'), values: '0x30' },
    { series: option('nobody', 'b'), values: '0x30' },
    // A pod that has ended since had read it.
    { series: option('once', 'a'), values: '1x3 _x27' },
    { series: option('once', 'b'), values: '0x30' },
    { series: flag('on', 'a', '"on"'), values: '5x30' },
    { series: flag('on', 'b', '"on"'), values: '7x3 0x26' },
    { series: flag('off', 'a', '"off"'), values: '5x30' },
    { series: flag('both', 'a', '"on"'), values: '5x30' },
    { series: flag('both', 'b', '"off"'), values: '1x3 _x27' },
    { series: flag('fails', 'a', '"on"'), values: '5x30' },
    { series: flag('fails', 'a', failed), values: '_x20 1x9' },
  ];
  const samples = (expr: string, labels: string, value: number) => ({
    expr,
    eval_time: '30h',
    exp_samples: [{ labels: `${expr}{${labels},sentry_options_namespace="shop"}`, value }],
  });
  const promql_expr_test = [
    samples('sentry_options:option_unused:7d', 'sentry_options_option="nobody"', 0),
    samples('sentry_options:flag_always_on:7d', 'feature_flag_key="on"', 12),
  ];
  const tests = [{ interval: '1h', input_series, promql_expr_test }];
  expect(testRules(rules, tests)).toEqual([0, expect.stringContaining('SUCCESS')]);
});

/** Runs Prometheus' test of rules. Returns its exit code, and all that it printed. */
function testRules(rules: string, tests: readonly object[]): [number | null, string] {
  const file = join(temporaryDirectory(), 'test.yaml');
  // JSON is YAML.
  writeFileSync(file, JSON.stringify({ rule_files: [rules], evaluation_interval: '1m', tests }));
  const { status, stdout, stderr } = spawnSync('promtool', ['test', 'rules', file], { encoding: 'utf8' });
  return [status, stdout + stderr];
}
