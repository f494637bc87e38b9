/** Tests the Prometheus example, started as its page says, and its alert rules. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { ALERTS_TEXT, parseRules } from '../prometheus/rules.js';
import { Base, integer } from '../support/base.js';
import { installExample } from '../support/example.js';
import { blocksOf, pages } from '../support/pages.js';

const EXAMPLE = fileURLToPath(new URL('../../examples/prometheus/', import.meta.url));
const INSTALL_TIMEOUT = 300_000;

/** The part of Prometheus' own parser that the tests need. */
interface Parser {
  parse(text: string): {
    iterate(visit: { enter(node: { type: { name: string; isError: boolean }; from: number; to: number }): void }): void;
  };
}

beforeAll(async () => {
  await installExample('prometheus');
}, INSTALL_TIMEOUT);

/** Starts the example on `base`; returns its process and the URL that it prints. */
async function start(base: Base): Promise<{ child: ChildProcess; url: string }> {
  const child = spawn(process.execPath, ['main.mjs'], {
    cwd: EXAMPLE,
    env: { PATH: process.env.PATH, PORT: '0', SENTRY_OPTIONS_DIR: base.directory },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const [url] = await once(createInterface(child.stdout), 'line');
  return { child, url };
}

async function scrape(url: string): Promise<string> {
  const response = await fetch(url, { headers: { connection: 'close' } });
  expect(response.status).toBe(200);
  return response.text();
}

/** Scrapes the example after a reload with a delay of 400 seconds. */
async function scrapeAfterReload(): Promise<{ child: ChildProcess; text: string }> {
  const base = new Base({ seer: { number: integer(1) } });
  base.writeValues('seer', { number: 2 });
  const { child, url } = await start(base);
  expect(await scrape(url)).toContain('sentry_options_generation{otel_scope_name="sentry-options"} 1');
  base.writeText('seer', JSON.stringify({ options: { number: 3 }, generated_at: new Date(Date.now() - 400_000) }));
  await vi.waitUntil(async () => (await scrape(url)).includes('sentry_options_propagation_delay_count'), {
    timeout: 40_000,
    interval: 200,
  });
  return { child, text: await scrape(url) };
}

it('The example serves the metrics of a store and exits on SIGTERM', async () => {
  const { child, text } = await scrapeAfterReload();
  const labels = '{sentry_options_namespace="seer",otel_scope_name="sentry-options"';
  expect(text).toContain('sentry_options_generation{otel_scope_name="sentry-options"} 2');
  expect(text).toContain('sentry_options_watcher_up{otel_scope_name="sentry-options"} 1');
  expect(text).toContain(`sentry_options_propagation_delay_bucket${labels},le="300"} 0`);
  expect(text).toContain(`sentry_options_propagation_delay_bucket${labels},le="600"} 1`);
  const end = once(child, 'exit');
  child.kill('SIGTERM');
  expect(await end).toEqual([0, null]);
});

describe('the page and the alert rules', () => {
  it('The page and the alert rules name only metrics that the example serves', async () => {
    const { text } = await scrapeAfterReload();
    const served = new Set([...text.matchAll(/^# TYPE (sentry_options_\w+)/gm)].map((match) => match[1]));
    const page = readFileSync(join(EXAMPLE, 'README.md'), 'utf8');
    expect(new Set([...page.matchAll(/^\| `(\w+)`/gm)].map((match) => match[1]))).toEqual(served);

    const series = new Set([...text.matchAll(/^(sentry_options_\w+)/gm)].map((match) => match[1] as string));
    const rules = parseRules(ALERTS_TEXT);
    const known = new Set([...series, ...rules.flatMap(({ record }) => record ?? []), 'ALERTS']);
    const { parser } = createRequire(join(EXAMPLE, 'main.mjs'))('@prometheus-io/lezer-promql') as { parser: Parser };
    const listFaults = (expr: string) => {
      const wrong: string[] = [];
      parser.parse(expr).iterate({
        enter({ type, from, to }) {
          const part = expr.slice(from, to);
          if (type.isError || (type.name === 'Identifier' && !known.has(part))) wrong.push(part);
        },
      });
      // Names that depend on the exporter: one of them must be the example's.
      const patterns = [...expr.matchAll(/__name__=~"(.+?)"/g)].map(([, pattern]) => new RegExp(`^(?:${pattern})$`));
      return [...wrong, ...patterns.filter((pattern) => ![...series].some((name) => pattern.test(name)))];
    };
    for (const { expr } of rules) {
      expect({ expr, faults: listFaults(expr) }).toEqual({ expr, faults: [] });
      // An alert on a missing bucket would never fire.
      for (const [, le] of expr.matchAll(/le=~"(\d+)\|/g)) expect(text).toContain(`le="${le}"`);
    }
    // The rules of pages. The example's values have no flags.
    for (const page of pages()) {
      for (const { text } of blocksOf(page).filter(({ text }) => text.startsWith('groups:'))) {
        for (const { record = '', expr } of parseRules(text)) {
          known.add(record).add('feature_flag_evaluations_total');
          expect({ page, expr, faults: listFaults(expr) }).toEqual({ page, expr, faults: [] });
        }
      }
    }
  });
});
