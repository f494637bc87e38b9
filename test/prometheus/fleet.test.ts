/** Runs a Prometheus that scrapes three processes of the example, and breaks them one by one. */
import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { blockReads, makeBlockingExample, Pod } from './pods.js';
import { Prometheus } from './server.js';

const SECOND = 1_000;

/** Returns the text of a values file that CI has generated. */
function valuesText(size: unknown, commit: string, secondsAgo = 0): string {
  const generated_at = new Date(Date.now() - secondsAgo * SECOND);
  return JSON.stringify({ options: { size }, generated_at, commit_sha: commit });
}

/** How the alert describes versions, by the number of processes that have each. */
function describeVersions(versions: Readonly<Record<number, string>>): string {
  return Object.entries(versions)
    .map(([count, text]) => ({ count, hash: createHash('sha256').update(text).digest('hex'), text }))
    .sort((a, b) => (a.hash < b.hash ? -1 : 1))
    .map(
      ({ count, hash, text }) =>
        `${count} with the hash ${hash.slice(0, 12)} (commit ${JSON.parse(text).commit_sha}), `,
    )
    .join('');
}

async function startPods(text: string, lastFolder?: string): Promise<readonly [Pod, Pod, Pod]> {
  return Promise.all([Pod.start(text), Pod.start(text), Pod.start(text, lastFolder)]);
}

it('A process whose volume keeps its files fires one alert, which names it, until it has the values of the others', async () => {
  const [a, b, c] = await startPods(valuesText(1, 'first'));
  const prometheus = await Prometheus.start({ a, b, c });
  // A rollout.
  const second = valuesText(2, 'second');
  for (const { volume } of [a, b, c]) volume.write({ 'values.json': second });
  await prometheus.waitForValues('second', 'a', 'b', 'c');
  expect(await prometheus.listFired()).toEqual([]);

  // The kubelet of c does not sync.
  const third = valuesText(3, 'third');
  for (const { volume } of [a, b]) volume.write({ 'values.json': third });
  await prometheus.waitForValues('third', 'a', 'b');
  const [alert] = await prometheus.waitForAlerts('NotConverging');
  expect(alert).toMatchObject({
    labels: { job: 'shop', sentry_options_namespace: 'shop' },
    annotations: {
      summary: '2 versions of shop have been live in shop for 10 minutes.',
      description: expect.stringContaining(`${describeVersions({ 1: second, 2: third })}and fewest in c. `),
    },
  });

  // CI generated these values 10 minutes ago. That they are late is no news.
  const fourth = valuesText(4, 'fourth', 600);
  for (const { volume } of [a, b, c]) volume.write({ 'values.json': fourth });
  await prometheus.waitForValues('fourth', 'a', 'b', 'c');
  await prometheus.waitForAlerts();
  expect(await prometheus.listFired()).toEqual(['NotConverging']);
});

it('A watcher that is dead, one that is stalled, and one that rejects its files fire an alert each', async () => {
  const first = valuesText(1, 'first');
  const [a, b, c] = await startPods(first, await makeBlockingExample());
  const prometheus = await Prometheus.start({ a, b, c });
  a.volume.write({ 'values.json': valuesText('one', 'wrong') });
  await b.crashWatcher();
  const unblock = blockReads(c);
  await prometheus.waitForAlerts('FilesRejected a', 'WatcherDead b', 'WatcherStalled c');

  const second = valuesText(2, 'second');
  for (const { volume } of [a, b, c]) volume.write({ 'values.json': second });
  unblock();
  await b.restart();
  await prometheus.waitForValues('second', 'a', 'b', 'c');
  await prometheus.waitForAlerts();
  expect(await prometheus.listFired()).toEqual(['FilesRejected a', 'WatcherDead b', 'WatcherStalled c']);
});

it('A process that loses its values fires an alert of its own, until the file is back', async () => {
  const first = valuesText(1, 'first');
  const [a, b, c] = await startPods(first);
  const prometheus = await Prometheus.start({ a, b, c });
  c.volume.write({});
  await prometheus.waitForAlerts('ValuesLost c');
  c.volume.write({ 'values.json': first });
  await prometheus.waitForAlerts();
  expect(await prometheus.listFired()).toEqual(['ValuesLost c']);
});
