/** Watches a running process. Runs in the command line's main thread. */

import type { ReloadAnswer, StatusAnswer, ValuesAnswer } from '../../status/answers.js';
import type { ScreenSource } from '../inspect/screen.js';
import { showTimeline } from '../inspect/show-timeline.js';
import { describeChanges, describeMessage, describeStart, type Entry } from '../inspect/timeline.js';
import { formatValue } from '../terminal/format.js';
import type { Output } from '../terminal/output.js';
import type { Client } from './client.js';
import { listenToUpdates } from './events.js';
import { readNamespace } from './get.js';

/** The arguments of `watch`. */
interface WatchRequest {
  readonly client: Client;
  /** The only namespace to show; undefined for all. */
  readonly namespace: string | undefined;
  readonly isJson: boolean;
}

/** What is known of the process. */
interface State {
  readonly status: StatusAnswer['status'];
  readonly values: ValuesAnswer;
  readonly reloads: readonly ReloadAnswer[];
}

/**
 * Watches until a signal ends the command, the reader of stdout closes it, or the process ends.
 *
 * @throws {CommandError} if the process does not answer, or has ended
 */
export async function watchProcess({ client, namespace, isJson }: WatchRequest, output: Output): Promise<void> {
  if (namespace !== undefined) await readNamespace(client, namespace);
  const needsValues = !isJson && process.stdout.isTTY;
  await showTimeline(isJson, output, async ({ add, open, signal }) => {
    let state: State | undefined;
    // The server sends the first event at once, so that nothing between it and the request is lost.
    for await (const _ of listenToUpdates(client, signal)) {
      const next = await read(client, needsValues, namespace);
      if (state === undefined) {
        const { directory, generation, namespaces } = next.status;
        open(
          makeSource(client.address.name, () => state ?? next),
          describeStart(directory, generation, Object.keys(namespaces)),
        );
      } else {
        for (const entry of compare(state, next, namespace)) add(entry);
      }
      state = next;
    }
  });
}

async function read(client: Client, needsValues: boolean, namespace: string | undefined): Promise<State> {
  const [{ status }, { reloads }, values] = await Promise.all([
    client.status(),
    client.history(),
    needsValues ? client.values(namespace) : { generation: 0, namespaces: [] },
  ]);
  return { status, reloads, values };
}

/** Returns entries for what happened between two states. */
function* compare(before: State, after: State, namespace: string | undefined): Generator<Entry> {
  const { namespaces } = after.status;
  for (const reload of findNew(before.reloads, after.reloads)) {
    const { generation, error, changes, changeCount } = reload;
    const time = parseTime(reload.at);
    if (generation === null) yield describeMessage(time, 'error', error ?? 'a reload was rejected');
    else yield describeChanges({ time, generation, changes, changeCount, namespaces }, namespace);
  }
  const { health, reason, lastError } = after.status;
  // A rejection, and the reload that ends it, have entries of their own.
  const isExplained = reason === null ? after.status.generation > before.status.generation : reason === lastError;
  if (before.status.health === health || isExplained) return;
  if (reason === null)
    yield describeMessage(new Date(), 'info', `the health is ${health}; it was ${before.status.health}`);
  else yield describeMessage(new Date(), 'warning', `the health is ${health}: ${reason}`);
}

/** Returns the reloads that are in `after` only, the oldest first. Both lists have the newest first. */
function findNew(before: readonly ReloadAnswer[], after: readonly ReloadAnswer[]): readonly ReloadAnswer[] {
  const [last] = before;
  const place =
    last === undefined
      ? -1
      : after.findIndex(({ at, generation, error }) => {
          return at === last.at && generation === last.generation && error === last.error;
        });
  return after.slice(0, place < 0 ? after.length : place).toReversed();
}

/** Returns a time; the present one if the process does not send a time. */
function parseTime(text: string): Date {
  const time = Date.parse(text);
  return Number.isNaN(time) ? new Date() : new Date(time);
}

function makeSource(title: string, state: () => State): ScreenSource {
  return {
    title,
    status: () => state().status,
    rows: () =>
      state().values.namespaces.flatMap(({ namespace, options }) =>
        options.map(({ key, value, valueType, isset }) => {
          const text = value === undefined && valueType !== null ? `(${valueType})` : formatValue(value);
          return [namespace, key, text, isset ? 'values' : valueType === null ? 'not set' : 'default'];
        }),
      ),
  };
}
