/** Waits until all processes have the values of a file. Runs in the command line's main thread. */
import { setTimeout as sleep } from 'node:timers/promises';
import { formatDuration } from '../../common/duration.js';
import { formatText, joinFirst } from '../../common/text.js';
import { mapLimited } from '../remote/map-limited.js';
import { CommandError } from '../terminal/errors.js';
import { formatJson, formatTable } from '../terminal/format.js';
import { withCleanUp } from '../terminal/interrupt.js';
import type { Output } from '../terminal/output.js';
import { ProgressBar } from '../terminal/progress-bar.js';
import { type ExpectedValues, readConfigMap, readExpectedFile } from './expected.js';
import type { ClusterNamespace } from './kubectl.js';
import { listPods, type PodSelection } from './pods.js';
import { processTarget, type Target, urlTarget } from './targets.js';
import type { Verdict } from './verdict.js';

/** The arguments of `rollout-status`. */
export interface RolloutRequest {
  /** The namespace of the options. */
  readonly namespace: string;
  /** One of `file` and `configmap` is defined. */
  readonly file: string | undefined;
  readonly configmap: string | undefined;
  readonly pids: readonly string[];
  readonly urls: readonly string[];
  readonly pods: PodSelection | undefined;
  readonly clusterNamespace: ClusterNamespace;
  /** How long to wait, in milliseconds; 0 asks once. */
  readonly timeout: number;
  readonly isJson: boolean;
}

/** The time between two rounds, in milliseconds. A round of pods starts a process for each. */
const PAUSE = 1_000;
const PAUSE_OF_PODS = 3_000;
/** How many processes are asked at a time. */
const PARALLEL = 8;
/** How many processes a message names. */
const MAX_NAMED = 10;

/**
 * Waits, and prints which processes have the values.
 *
 * @throws {CommandError} unless all have them
 */
export async function reportRollout(request: RolloutRequest, output: Output): Promise<void> {
  const { namespace, file, configmap, clusterNamespace, isJson } = request;
  const expected =
    file === undefined
      ? await readConfigMap(configmap ?? '', namespace, clusterNamespace)
      : readExpectedFile(file, namespace);
  const bar = new ProgressBar(!output.isQuiet);
  const verdicts = await withCleanUp(
    () => bar.clear(),
    () => wait(request, expected, bar),
  );
  bar.clear();
  if (isJson) await output.data(formatJson({ namespace, valuesHash: expected.hash, targets: verdicts }));
  else await output.data(formatVerdicts(verdicts));
  const missing = verdicts.filter(({ state }) => state !== 'live').map(({ target }) => formatText(target));
  if (missing.length > 0) {
    throw new CommandError(
      `${missing.length} of ${verdicts.length} do not have the values of ${expected.source}: ` +
        joinFirst(missing.slice(0, MAX_NAMED), missing.length),
    );
  }
  output.info(`${verdicts.length} of ${verdicts.length} have the values of ${expected.source}`);
}

/** Asks in rounds, until all processes have the values at once, none can get them any more, or the time is over. */
async function wait(
  { namespace, pids, urls, pods, clusterNamespace, timeout }: RolloutRequest,
  { hash }: ExpectedValues,
  bar: ProgressBar,
): Promise<readonly Verdict[]> {
  const fixed = [...[...new Set(pids)].map(processTarget), ...[...new Set(urls)].map(urlTarget)];
  const deadline = performance.now() + timeout;
  const known = new Map<string, readonly Verdict[]>();
  for (let isWhole = true; ; ) {
    // Pods come and go.
    const targets = pods === undefined ? fixed : await listPods(pods, clusterNamespace);
    const asked = isWhole ? targets : targets.filter(({ name }) => !known.get(name)?.every(isFinal));
    await mapLimited(asked, PARALLEL, async (target: Target) => {
      known.set(target.name, await target.ask(namespace, hash));
    });
    const verdicts = targets.flatMap(({ name }) => known.get(name) ?? []);
    const waiting = verdicts.filter((verdict) => !isFinal(verdict));
    const left = deadline - performance.now();
    // What was live in an earlier round may have changed since: only a whole round counts.
    if (waiting.length === 0 ? isWhole : left <= 0) return verdicts;
    isWhole = waiting.length === 0;
    if (isWhole) continue;
    const names = waiting.map(({ target }) => target);
    const rest = `; waiting for ${joinFirst(names.slice(0, 3), names.length)}; ${formatDuration(left)} left`;
    bar.draw(verdicts.filter(({ state }) => state === 'live').length, verdicts.length, rest);
    await sleep(Math.min(left, pods === undefined ? PAUSE : PAUSE_OF_PODS));
  }
}

/** Whether there is nothing to wait for. */
function isFinal({ state }: Verdict): boolean {
  return state === 'live' || state === 'ended';
}

/** Formats a row for each process, those without the values last. */
function formatVerdicts(verdicts: readonly Verdict[]): string {
  const sorted = [
    ...verdicts.filter(({ state }) => state === 'live'),
    ...verdicts.filter(({ state }) => state !== 'live'),
  ];
  const rows = sorted.map(({ target, state, generation, since, reason }) => [
    target,
    state,
    generation === null ? '-' : String(generation),
    since ?? '-',
    reason ?? '',
  ]);
  return formatTable([['PROCESS', 'VALUES', 'GENERATION', 'SINCE', 'REASON'], ...rows]);
}
