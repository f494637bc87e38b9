/** Tests the alert rules of the Prometheus example with Prometheus' own program, of Debian's package `prometheus`. */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
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
  const file = join(temporaryDirectory(), 'alerts.test.yaml');
  // JSON is YAML.
  writeFileSync(file, JSON.stringify({ rule_files: [ALERTS], evaluation_interval: '1m', tests }));
  const { status, stdout, stderr } = spawnSync('promtool', ['test', 'rules', file], { encoding: 'utf8' });
  expect([status, stdout + stderr]).toEqual([0, expect.stringContaining('SUCCESS')]);
});
