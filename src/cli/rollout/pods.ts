/** Asks the processes in pods, by kubectl. Runs in the command line's main thread. */
import { urlAddress } from '../remote/address.js';
import { storeStatusCheck } from '../remote/checks.js';
import { Client } from '../remote/client.js';
import { aNumber, aString, type Check, listOf, objectWith, optional, orNull } from '../remote/parse.js';
import type { ListedProcess } from '../remote/ps.js';
import { RemoteError } from '../remote/request.js';
import { CommandError } from '../terminal/errors.js';
import { formatCount } from '../terminal/format.js';
import { type ClusterNamespace, forwardPort, KubectlError, runKubectl } from './kubectl.js';
import type { Target } from './targets.js';
import { judge, makeSilentVerdict, type Verdict } from './verdict.js';

/** Which pods to ask, and how. */
export interface PodSelection {
  /** A label selector of Kubernetes. */
  readonly selector: string;
  /** Undefined for the one that kubectl chooses. */
  readonly container: string | undefined;
  /** The command in the pods that runs `sentry-options`; its words are separated by blanks. */
  readonly exec: string;
  /** The port of the pods to forward, instead of running a command; undefined for none. */
  readonly port: number | undefined;
}

interface ContainerStatus {
  readonly name: string;
  readonly restartCount: number;
  readonly state?: { readonly waiting?: { readonly reason?: string | undefined } | undefined } | undefined;
}

interface Pod {
  readonly metadata: { readonly name: string; readonly deletionTimestamp?: string | undefined };
  readonly status: {
    readonly phase: string;
    readonly containerStatuses?: readonly ContainerStatus[] | undefined;
  };
}

const containerCheck: Check<ContainerStatus> = objectWith<ContainerStatus>({
  name: aString,
  restartCount: aNumber,
  state: optional(
    objectWith<object & NonNullable<ContainerStatus['state']>>({
      waiting: optional(objectWith<{ readonly reason?: string | undefined }>({ reason: optional(aString) })),
    }),
  ),
});

const podsCheck: Check<{ readonly items: readonly Pod[] }> = objectWith<{ readonly items: readonly Pod[] }>({
  items: listOf(
    objectWith<Pod>({
      metadata: objectWith<Pod['metadata']>({ name: aString, deletionTimestamp: optional(aString) }),
      status: objectWith<Pod['status']>({ phase: aString, containerStatuses: optional(listOf(containerCheck)) }),
    }),
  ),
});

/** The phases of a pod in which none of its containers will run again, such as of an evicted pod. */
const ENDED_PHASES: readonly string[] = ['Succeeded', 'Failed'];

type Listed = Pick<ListedProcess, 'name' | 'status' | 'error'>;

const psCheck: Check<{ readonly processes: readonly Listed[] }> = objectWith<{ readonly processes: readonly Listed[] }>(
  {
    processes: listOf(objectWith<Listed>({ name: aString, status: orNull(storeStatusCheck), error: orNull(aString) })),
  },
);

/**
 * Lists the pods that have not ended and are not about to end.
 *
 * @throws {CommandError} if there is none, or if kubectl fails
 */
export async function listPods(selection: PodSelection, namespace: ClusterNamespace): Promise<readonly Target[]> {
  const { selector } = selection;
  const { items } = await runKubectl(['get', 'pods', `--selector=${selector}`, '--output=json'], namespace, podsCheck);
  const pods = items.filter(
    ({ metadata, status }) => metadata.deletionTimestamp === undefined && !ENDED_PHASES.includes(status.phase),
  );
  if (pods.length === 0) {
    const where = namespace === undefined ? "the namespace of kubectl's context" : `namespace ${namespace}`;
    throw new CommandError(`no pod of ${where} has the labels ${selector}`);
  }
  return pods.map((pod) => ({
    name: pod.metadata.name,
    ask: (options, hash) => askPod(pod, selection, namespace, options, hash),
  }));
}

async function askPod(
  pod: Pod,
  selection: PodSelection,
  clusterNamespace: ClusterNamespace,
  namespace: string,
  hash: string,
): Promise<readonly Verdict[]> {
  const { name } = pod.metadata;
  const obstacle = findObstacle(pod, selection.container);
  if (obstacle !== undefined) return [makeSilentVerdict(name, 'no answer', obstacle)];
  try {
    const found =
      selection.port === undefined
        ? await listProcesses(name, selection, clusterNamespace)
        : [await askPort(name, selection.port, clusterNamespace)];
    if (found.length === 0) {
      const reason = 'no process of the pod can be asked: start it with SENTRY_OPTIONS_INSPECT=1';
      return [makeSilentVerdict(name, 'no answer', reason)];
    }
    return found.map((one) => {
      const target = found.length === 1 ? name : `${name}/${one.name}`;
      if (one.status !== null) return judge(target, one.status, namespace, hash);
      return makeSilentVerdict(target, 'no answer', one.error ?? 'it does not answer');
    });
  } catch (error) {
    if (!(error instanceof KubectlError || error instanceof RemoteError)) throw error;
    return [makeSilentVerdict(name, 'no answer', error.message)];
  }
}

async function listProcesses(
  pod: string,
  { container, exec }: PodSelection,
  namespace: ClusterNamespace,
): Promise<readonly Listed[]> {
  const command = exec.split(' ').filter((word) => word !== '');
  const inContainer = container === undefined ? [] : [`--container=${container}`];
  const args = ['exec', `pod/${pod}`, ...inContainer, '--', ...command, 'ps', '--json', '--quiet'];
  return (await runKubectl(args, namespace, psCheck)).processes;
}

async function askPort(pod: string, port: number, namespace: ClusterNamespace): Promise<Listed> {
  const forwarded = await forwardPort(pod, port, namespace);
  try {
    const { status } = await new Client(urlAddress(`http://127.0.0.1:${forwarded.port}`)).status();
    return { name: String(port), status, error: null };
  } finally {
    forwarded.close();
  }
}

/** Returns why nothing in the pod can answer; undefined if something may. */
function findObstacle({ status }: Pod, container: string | undefined): string | undefined {
  const { phase, containerStatuses = [] } = status;
  for (const { name, restartCount, state } of containerStatuses) {
    if (state?.waiting === undefined || (container !== undefined && name !== container)) continue;
    const restarts = restartCount === 0 ? '' : ` after ${formatCount(restartCount, 'restart')}`;
    return `container ${name} is waiting${restarts}: ${state.waiting.reason ?? 'unknown'}`;
  }
  return phase === 'Running' ? undefined : `the pod is ${phase}`;
}
