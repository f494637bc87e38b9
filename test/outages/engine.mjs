/**
 * Goes through outages with real processes and real files, which change as the kubelet changes a mounted ConfigMap. For
 * `npm run test:outages` and its short form.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { ConfigMapVolume } from 'sentry-options/testing';
import { OUTAGES, PROPERTIES, SETTINGS } from './cases.mjs';
import { describe, describeRecovery } from './describe.mjs';

/**
 * The edit for the short form: values are kept as soon as they are live, but for those of the outage, which have their
 * trial of 15 seconds.
 */
export const TRIAL_EDITS = [
  {
    file: 'workers/state/keeper.ts',
    from: 'const TRIAL_MS = 15_000;',
    to: `const TRIAL_MS: any = {
  valueOf() {
    const { directory } = process.getBuiltinModule('node:worker_threads').workerData;
    return process.getBuiltinModule('node:fs').existsSync(directory + '/outage') ? 15_000 : 0;
  },
};`,
  },
];

/**
 * Goes through all outages, one after the other, with each of the settings at once. Returns a row for each outage and
 * setting.
 *
 * @param script the path of `outage-pod.mjs`, of the package or of a variant with {@link TRIAL_EDITS}
 * @param starts how often a pod that ends is started
 * @param isShort whether the stores with several settings share their processes where they can, which saves time
 */
export async function runOutages(script, { starts, isShort = false }) {
  const directory = mkdtempSync(join(tmpdir(), 'sentry-options-outages-'));
  // A program that breaks takes all stores of its process with it.
  const breaking = OUTAGES.filter(({ breaks }) => breaks);
  const others = OUTAGES.filter(({ breaks }) => !breaks);
  const runs = isShort
    ? [
        ...[SETTINGS.slice(0, 3), SETTINGS.slice(3)].map((settings) => ({ settings, outages: others })),
        ...SETTINGS.map((one) => ({ settings: [one], outages: breaking })),
      ]
    : SETTINGS.map((one) => ({ settings: [one], outages: OUTAGES }));
  try {
    const rows = await Promise.all(
      runs.map(({ settings, outages }, i) =>
        new Service(join(directory, `${i}`), settings, script, starts).run(outages),
      ),
    );
    return rows.flat();
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** The files of a service with one of the settings. */
class Files {
  #directory;
  #settings;
  #volumes;

  constructor(directory, settings) {
    this.#directory = directory;
    this.#settings = settings;
    mkdirSync(join(directory, 'state'), { recursive: true });
    const patternProperties = { '^feature\\.': { $ref: '#/definitions/Feature' } };
    for (const [name, properties] of Object.entries(PROPERTIES)) {
      const folder = join(directory, 'schemas', name);
      mkdirSync(folder, { recursive: true });
      const schema = { version: '1.0', type: 'object', properties, patternProperties };
      writeFileSync(join(folder, 'schema.json'), JSON.stringify(schema));
    }
    const mount = (name) => new ConfigMapVolume(join(directory, 'values', name));
    this.#volumes = { shop: mount('shop'), safety: mount('safety') };
  }

  /** The settings of a store. */
  get config() {
    const { config, keeps = false } = this.#settings;
    return { directory: this.#directory, stateDirectory: keeps ? join(this.#directory, 'state') : null, ...config };
  }

  /** Sets whether new values have their trial of 15 seconds in the short form, too. */
  setTrials(areOn) {
    const file = join(this.#directory, 'outage');
    if (areOn) writeFileSync(file, '');
    else rmSync(file, { force: true });
  }

  /** Deploys both namespaces. */
  deploy(text, stops = false) {
    this.#volumes.shop.write({ 'values.json': text });
    this.#volumes.safety.write({ 'values.json': JSON.stringify({ options: { 'stop-payments': stops } }) });
  }
}

/** A service with one of the settings, or a store for each of them: its files, and its pods. */
class Service {
  #settings;
  #script;
  #starts;
  #files;
  #pods = new Set();

  constructor(directory, settings, script, starts) {
    this.#settings = settings;
    this.#script = script;
    this.#starts = starts;
    this.#files = settings.map((one, i) => new Files(join(directory, `${i}`), one));
  }

  async run(outages) {
    try {
      const rows = [];
      let running;
      let live;
      for (const outage of outages) {
        const isNew = live !== outage.before;
        live = outage.before;
        for (const files of this.#files) files.setTrials(!isNew);
        this.#deployOptions(outage.before);
        running ??= this.#start();
        if (isNew) await running.ask('kept');
        for (const files of this.#files) files.setTrials(true);
        requireLive(await running.ask('observe'), outage);
        running = await this.#suffer(outage, running, rows);
      }
      return rows;
    } finally {
      for (const pod of this.#pods) await pod.kill();
    }
  }

  /** Goes through one outage, and adds what happened to `rows`. Returns the running pod, if it survives. */
  async #suffer(outage, running, rows) {
    for (const files of this.#files) files.deploy(outage.text, outage.stops);
    const observed = running.ask('observe');
    if (outage.kills) {
      await observed;
      await running.kill();
    }
    const [first, { pod, answers }] = await Promise.all([observed, this.#startAgain()]);
    this.#deployOptions(outage.before, outage.stops);
    const [old, young] = await Promise.all([running, pod].map((each) => each.ask('observe')));
    await pod.kill();
    for (const [i, { name }] of this.#settings.entries()) {
      rows.push({
        outage: outage.name,
        settings: name,
        running: describe(first?.[i], outage) ?? '**dies**',
        starting: describe(answers?.[i], outage) ?? '**dies at each start**',
        recoveries: [describeRecovery(old?.[i], outage), describeRecovery(young?.[i], outage)],
      });
    }
    return old === undefined ? undefined : running;
  }

  /** Starts a pod; again if it ends, as the kubelet does. */
  async #startAgain() {
    for (let starts = 1; ; starts++) {
      const pod = this.#start();
      const answers = await pod.ask('observe');
      if (answers !== undefined || starts === this.#starts) return { pod, answers };
    }
  }

  #start() {
    const pod = new Pod(
      this.#script,
      this.#files.map(({ config }) => config),
    );
    this.#pods.add(pod);
    return pod;
  }

  #deployOptions(options, stops) {
    for (const files of this.#files) files.deploy(JSON.stringify({ options }), stops);
  }
}

function requireLive(answers, { name, before }) {
  if (answers?.every(({ shop, health }) => isDeepStrictEqual(shop, before) && health === 'ok')) return;
  throw new Error(`Before ${name}, a pod must serve its values; got ${JSON.stringify(answers)}`);
}

/** A process with a store for each of `configs`. */
class Pod {
  #child;
  #hasEnded;

  constructor(script, configs) {
    this.#child = fork(script, [JSON.stringify(configs)], { stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
    this.#hasEnded = once(this.#child, 'exit');
  }

  /** Returns what the process observes of each store; undefined if it ends. */
  async ask(command) {
    const { exitCode, signalCode } = this.#child;
    if (exitCode !== null || signalCode !== null) return undefined;
    const answer = once(this.#child, 'message').then(([message]) => message);
    // The process may end meanwhile.
    this.#child.send(command, () => {});
    return await Promise.race([answer, this.#hasEnded.then(() => undefined)]);
  }

  async kill() {
    this.#child.kill('SIGKILL');
    await this.#hasEnded;
  }
}
