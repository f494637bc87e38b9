/** Runs scenarios, each in a namespace of Kubernetes of its own, several at once; keeps what each step took. */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { kubectl } from './kubectl.mjs';
import { pod as podManifest } from './manifests.mjs';
import { Pod } from './pod.mjs';

/** The label of everything that the command makes, by which it is found again. */
export const LABEL = 'sentry-options-test=kubernetes';

/** What a scenario's function gets. */
export class Scenario {
  steps = [];
  /** What was measured: values by name. */
  figures = new Map();
  pods = [];
  #begin = performance.now();

  constructor({ name, about, labels = {} }, { image, signal }) {
    this.name = name;
    this.about = about;
    this.namespace = `sentry-options-test-${name.replaceAll(/[^a-z0-9]+/gi, '-').toLowerCase()}`;
    this.labels = labels;
    this.image = image;
    this.signal = signal;
  }

  /** Makes the namespace, without an older one of this name. */
  async open() {
    await kubectl(['delete', 'namespace', this.namespace, '--ignore-not-found']);
    const [key, value] = LABEL.split('=');
    const labels = { [key]: value, ...this.labels };
    await kubectl(
      ['create', '-f', '-'],
      JSON.stringify({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: this.namespace, labels } }),
    );
    // A pod needs the namespace's account, which a controller makes.
    await this.until('the service account', async () => await this.kubectl('get', 'serviceaccount', 'default'));
  }

  async close() {
    for (const pod of this.pods) pod.close();
    await kubectl(['delete', 'namespace', this.namespace, '--ignore-not-found', '--wait=false']);
  }

  /** Runs one step: what `title` says is true, or it throws. */
  async step(title, run) {
    this.signal.throwIfAborted();
    const entry = { title };
    this.steps.push(entry);
    const from = performance.now();
    try {
      return await run();
    } catch (error) {
      entry.error = error;
      throw error;
    } finally {
      entry.seconds = (performance.now() - from) / 1000;
    }
  }

  /** Keeps a measured value for the table. */
  figure(name, value) {
    this.figures.set(name, [...(this.figures.get(name) ?? []), value]);
  }

  /** Throws if a container has started again: the new one reads the newest values, which would hide that it was killed. */
  assertNoRestart() {
    const restarted = this.pods.filter(({ starts }) => starts > 1).map(({ name }) => name);
    assert.deepEqual(restarted, [], 'these pods started again');
  }

  get seconds() {
    return (performance.now() - this.#begin) / 1000;
  }

  async kubectl(...args) {
    return await kubectl(['--namespace', this.namespace, ...args]);
  }

  /** Applies objects, or the text of manifests, on the server's side, so that a large ConfigMap has no copy in an annotation. */
  async apply(...manifests) {
    const text = manifests.map((one) => (typeof one === 'string' ? one : JSON.stringify(one))).join('\n---\n');
    await kubectl(['--namespace', this.namespace, 'apply', '--server-side', '--force-conflicts', '-f', '-'], text);
  }

  /** Makes the kubelet sync the pods at once, by a change of an annotation. */
  async sync(selector = '') {
    const which = selector === '' ? ['--all'] : ['--selector', selector];
    await this.kubectl('annotate', 'pods', ...which, '--overwrite', `sentry-options/sync=${Date.now()}`);
  }

  /** Starts a pod of the service and follows its log. */
  async pod(parts) {
    await this.apply(podManifest({ image: this.image, ...parts }));
    return await this.follow(parts.name);
  }

  /** Follows the log of a pod, once its container has started. */
  async follow(name) {
    const started = '--for=jsonpath={.status.containerStatuses[0].containerID}';
    await this.until(
      `${name} starts`,
      async () => await this.kubectl('wait', `pod/${name}`, started, '--timeout=60s'),
      60,
    );
    const pod = new Pod(this.namespace, name);
    this.pods.push(pod);
    return pod;
  }

  /** Waits for `count` pods with these labels that are not about to end, and follows those that it does not follow yet. */
  async followAll(selector, count) {
    const names = await this.until(`${count} pods with ${selector}`, async () => {
      const { items } = JSON.parse(await this.kubectl('get', 'pods', '--selector', selector, '--output', 'json'));
      const alive = items.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
      return alive.length === count && alive.map(({ metadata }) => metadata.name);
    });
    return await Promise.all(
      names.map(async (name) => this.pods.find((one) => one.name === name) ?? (await this.follow(name))),
    );
  }

  /** Calls `find` until it returns neither false nor undefined. An error counts as false, and is the reason in the end. */
  async until(what, find, seconds = 30) {
    const end = performance.now() + seconds * 1000;
    for (;;) {
      let reason = '';
      try {
        const value = await find();
        if (value !== undefined && value !== false) return value;
      } catch (error) {
        reason = `: ${error.message}`;
      }
      this.signal.throwIfAborted();
      if (performance.now() > end) throw new Error(`not within ${seconds} s: ${what}${reason}`);
      await sleep(300);
    }
  }
}

/** Runs scenarios, `atOnce` at a time, in their order. `say`: is called with each that has ended. */
export async function runScenarios(scenarios, settings, atOnce, say) {
  const rows = [];
  const left = [...scenarios];
  const work = async () => {
    for (let next = left.shift(); next !== undefined && !settings.signal.aborted; next = left.shift()) {
      const scenario = new Scenario(next, settings);
      rows.push(scenario);
      try {
        await scenario.open();
        await next.run(scenario);
        if (!next.mayRestart) scenario.assertNoRestart();
      } catch (error) {
        scenario.error = error;
      }
      scenario.tookSeconds = scenario.seconds;
      if (!settings.signal.aborted) say(scenario);
      await scenario.close().catch((error) => {
        scenario.error ??= error;
      });
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return rows;
}
