/** A Prometheus that scrapes processes, and evaluates the rules of the example. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, vi } from 'vitest';
import { temporaryDirectory } from '../support/base.js';
import { Program } from '../support/program.js';
import { findProgram } from './install.mjs';
import { findPort, type Pod } from './pods.js';
import { ALERTS_TEXT } from './rules.js';

/** A minute of the rules lasts this many seconds here: `for: 10m` is 20 s. Literals in seconds stay, but for one. */
const SECONDS_PER_MINUTE = 2;
/** On a busy machine, a reload may take over a second, and its alert would be right. A stall takes over 10 s. */
const SLOW_RELOAD = ['le=~"1|1.0"', 'le=~"10|10.0"'] as const;
/** Generous: a stall takes 10 s, and a timer of 20 s begins again after a scrape that a busy machine misses. */
const PATIENCE = { timeout: 240_000, interval: 200 };

/** An alert that fires, by its name, its process, and its namespace of options. */
export interface FiredAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

export class Prometheus {
  readonly #url: string;

  private constructor(url: string) {
    this.#url = url;
  }

  /** Starts a Prometheus that scrapes `pods` by their names, and resolves when it has scraped each. */
  static async start(pods: Readonly<Record<string, Pod>>): Promise<Prometheus> {
    const folder = temporaryDirectory();
    const rules = ALERTS_TEXT.replace(...SLOW_RELOAD).replaceAll(/\b(\d+)m\b/g, (_, minutes) => {
      return `${Number(minutes) * SECONDS_PER_MINUTE}s`;
    });
    writeFileSync(join(folder, 'rules.yaml'), rules);
    const config = {
      global: { scrape_interval: '1s', scrape_timeout: '1s', evaluation_interval: '500ms' },
      rule_files: ['rules.yaml'],
      scrape_configs: [
        {
          job_name: 'shop',
          static_configs: Object.entries(pods).map(([instance, { port }]) => ({
            targets: [`localhost:${port}`],
            labels: { instance },
          })),
        },
      ],
    };
    // JSON is YAML.
    writeFileSync(join(folder, 'prometheus.yaml'), JSON.stringify(config));
    const port = await findPort();
    const args = [
      '--config.file=prometheus.yaml',
      '--storage.tsdb.path=data',
      `--web.listen-address=localhost:${port}`,
    ];
    const program = new Program(findProgram('prometheus') as string, args, { cwd: folder, env: {} });
    await program.until(() => program.stderr.some((line) => line.includes('Server is ready')));
    const prometheus = new Prometheus(`http://localhost:${port}`);
    await vi.waitUntil(async () => {
      return (await prometheus.query('sentry_options_watcher_up == 1')).length === Object.keys(pods).length;
    }, PATIENCE);
    return prometheus;
  }

  /** Returns the labels of each sample of the result. */
  async query(expr: string): Promise<readonly Readonly<Record<string, string>>[]> {
    const { result } = await this.#get(`query?query=${encodeURIComponent(expr)}`);
    return (result as { metric: Record<string, string> }[]).map(({ metric }) => metric);
  }

  /** Waits until exactly these alerts fire: names without `SentryOptions`, each with its process. Returns them. */
  async waitForAlerts(...expected: readonly string[]): Promise<readonly FiredAlert[]> {
    let fired: readonly FiredAlert[] = [];
    await expect
      .poll(async () => {
        const { alerts } = await this.#get('alerts');
        fired = (alerts as (FiredAlert & { state: string })[]).filter(({ state }) => state === 'firing');
        return fired.map(({ labels }) => describeAlert(labels)).sort();
      }, PATIENCE)
      .toEqual([...expected].sort());
    return fired;
  }

  /** Waits until these processes, and no others, serve the values of a commit. */
  async waitForValues(commit: string, ...expected: readonly string[]): Promise<void> {
    const expr = `sentry_options_values_info{sentry_options_commit="${commit}"} == 1`;
    await expect
      .poll(async () => (await this.query(expr)).map(({ instance }) => instance).sort(), PATIENCE)
      .toEqual(expected);
  }

  /** Lists all alerts that have fired since the start. */
  async listFired(): Promise<readonly string[]> {
    const fired = await this.query('count_over_time(ALERTS{alertstate="firing"}[1h])');
    return fired.map(describeAlert).sort();
  }

  async #get(path: string): Promise<Record<string, unknown>> {
    const response = await fetch(`${this.#url}/api/v1/${path}`);
    const { data } = (await response.json()) as { data: Record<string, unknown> };
    return data;
  }
}

function describeAlert({ alertname = '', instance = '' }: Readonly<Record<string, string>>): string {
  return `${alertname.replace('SentryOptions', '')} ${instance}`.trim();
}
