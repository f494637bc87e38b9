/** What Prometheus has scraped of a process, as series in the form of `promtool test rules`. */

/** The values of series over time, in the notation of `promtool`: `0x3 1x5` is 0 for minutes 0 to 3, then 1. */
export interface Process {
  /** Labels of all series of this process. */
  readonly labels?: Readonly<Record<string, string>>;
  /** The state of the watcher, and from when until when, in minutes. It runs before and after. */
  readonly watcher?: readonly [state: 'stalled' | 'crashed' | 'closed', from: number, until: number];
  readonly successful?: string;
  readonly fallback?: string;
  readonly held?: string;
  readonly lost?: string;
  readonly mountWarnings?: string;
  /** When the last poll ended, in seconds. */
  readonly polledAt?: string;
  /** Propagations: all of them, and those of up to 5 minutes. */
  readonly propagations?: readonly [all: string, fast: string];
  /** Reloads: all of them, and those of up to a second. */
  readonly reloads?: readonly [all: string, fast: string];
  /** Which values are live. */
  readonly fingerprint?: string;
}

/** The fingerprint of the values with which all processes begin. */
export const OLD = '500x60';

/** Values over time: `to`, which is 0 or 1, from `minute` until `until`; the other one before and after. */
export function pulse(minute: number, to: number, until = 10): string {
  return `${1 - to}x${minute - 1} ${to}x${until - minute - 1} ${1 - to}x40`;
}

/** One series, in the form of `promtool test rules`. */
interface Series {
  readonly series: string;
  readonly values: string;
}

/** Returns the series of a process of the job `job`. */
export function listSeries(job: string, instance: string, process: Process): readonly Series[] {
  const { watcher: [state, from, until] = ['running', 0, 0] } = process;
  const labels = { instance, job, ...process.labels };
  const ofProcess = formatLabels(labels);
  const ofNamespace = formatLabels({ sentry_options_namespace: 'shop', ...labels });
  const series = (name: string, values: string | undefined, text = ofProcess) =>
    values === undefined ? [] : [{ series: `sentry_options_${name}{${text}}`, values }];
  const isIn = (asked: string, is: number) => (state === asked && until > 0 ? pulse(from, is, until) : `${1 - is}x60`);
  const isUp = state === 'running' ? '1x60' : pulse(from, 0, until);
  return [
    ...series('watcher_up', isUp),
    ...series('watcher_state', isUp, `${ofProcess},sentry_options_state="running"`),
    ...['stalled', 'crashed', 'closed'].flatMap((name) =>
      series('watcher_state', isIn(name, 1), `${ofProcess},sentry_options_state="${name}"`),
    ),
    ...series('last_reload_successful', process.successful ?? '1x60'),
    ...series('last_poll_timestamp', process.polledAt ?? '0+60x60'),
    ...series('fallback', process.fallback ?? '0x60'),
    ...series('mount_warnings', process.mountWarnings ?? '0x60'),
    ...series('namespace_held', process.held ?? '0x60', ofNamespace),
    ...series('namespace_lost', process.lost ?? '0x60', ofNamespace),
    ...series('propagation_delay_count', process.propagations?.[0], ofNamespace),
    ...series('propagation_delay_bucket', process.propagations?.[1], `${ofNamespace},le="300"`),
    ...series('reload_duration_count', process.reloads?.[0]),
    ...series('reload_duration_bucket', process.reloads?.[1], `${ofProcess},le="1"`),
    ...series('values_fingerprint', process.fingerprint ?? OLD, ofNamespace),
  ];
}

function formatLabels(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}="${value}"`)
    .join();
}
