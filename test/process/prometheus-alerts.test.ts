/**
 * Tests the rules of the Prometheus example and of docs/monitoring.md with Prometheus' own program, of Debian's package
 * `prometheus`. `npm run test:prometheus` also plants faults in them, and runs a Prometheus.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ALERTS, ALERTS_TEXT, checkRules, makeTests, parseRules, promtool, testRules } from '../prometheus/rules.js';
import { listAnchors } from '../support/pages.js';

describe('the alert rules of the example', () => {
  const alerts = parseRules(ALERTS_TEXT).filter(({ alert }) => alert !== undefined);

  it.runIf(promtool !== undefined)('Each cause fires one alert, which names it (skipped without promtool)', () => {
    checkRules(ALERTS);
    expect(testRules(ALERTS_TEXT, makeTests())).toEqual([0, expect.stringContaining('SUCCESS')]);
  });

  it('Each alert says what is wrong and what to do, and names a section of a page', () => {
    for (const { alert, labels, annotations = {} } of alerts) {
      const { summary, description, runbook } = annotations;
      expect({ alert, summary, description }).toEqual({
        alert,
        summary: expect.stringMatching(/\{\{ \$labels\.\w+ \}\}.*\.$/),
        description: expect.stringMatching(/\w\.$/),
      });
      expect(labels?.severity).toMatch(/^(?:critical|warning)$/);
      const [page = '', section] = runbook?.split('#') ?? [];
      expect({ alert, sections: listAnchors(page) }).toEqual({ alert, sections: expect.arrayContaining([section]) });
    }
  });

  it('docs/monitoring.md lists all alerts, in the order of the rules', () => {
    const page = readFileSync(new URL('../../docs/monitoring.md', import.meta.url), 'utf8');
    const listed = [...page.matchAll(/^\| `(SentryOptions\w+)` \|/gm)].map((match) => match[1]);
    expect(listed).toEqual(alerts.map(({ alert }) => alert));
  });
});

it.runIf(promtool !== undefined)('The rules of the page find what no pod has used (skipped without promtool)', () => {
  const page = readFileSync(new URL('../../docs/monitoring.md', import.meta.url), 'utf8');
  const rules = /```yaml\n(groups:\n {2}- name: sentry-options-usage\n.*?)```/s.exec(page)?.[1] ?? '';
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
