/**
 * `npm run test:kubernetes`: the life of a change on a real Kubernetes: its own, of one node, or the one that KUBECONFIG
 * names. `--write` puts the tables into docs/reliability.md. Exit code 1: a step failed.
 */
import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { delimiter } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { machine, writeSection } from '../support/page.mjs';
import { startCluster } from './cluster/own.mjs';
import { describe } from './figures.mjs';
import { makeFolder } from './image/folder.mjs';
import { kubectl } from './kubectl.mjs';
import { LABEL, runScenarios } from './scenario.mjs';
import { COMMANDS } from './scenarios/commands.mjs';
import { LIFE } from './scenarios/life.mjs';
import { LIMITS } from './scenarios/limits.mjs';
import { MOUNTS } from './scenarios/mounts.mjs';
import { RESTARTS } from './scenarios/restarts.mjs';

const AT_ONCE = 6;
const HELP = `npm run test:kubernetes -- [SCENARIO…] [options]

Without KUBECONFIG, the command runs a Kubernetes of its own, in namespaces of the kernel: on Linux, as root, with Go.

  --list           list the scenarios
  --write          write the tables of docs/reliability.md
  --image NAME     the name of the service's image (default: that of examples/kubernetes)
  --load COMMAND   with KUBECONFIG: brings the image, which it gets as its last argument, into the cluster
                   (default: kind load docker-image); true: it is there already
`;

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    help: { type: 'boolean' },
    list: { type: 'boolean' },
    write: { type: 'boolean' },
    image: { type: 'string', default: 'registry.example.com/seer:1.0.0' },
    load: { type: 'string', default: 'kind load docker-image' },
  },
});
const all = [...LIFE, ...MOUNTS, ...LIMITS, ...RESTARTS, ...COMMANDS];
const unknown = positionals.find((name) => !all.some((one) => one.name === name));
if (flags.help || flags.list || unknown !== undefined) {
  if (unknown !== undefined) console.error(`There is no scenario ${unknown}.\n`);
  console.log(flags.list ? all.map(({ name, about }) => `${name.padEnd(12)}${about}`).join('\n') : HELP);
  process.exit(unknown === undefined ? 0 : 2);
}
const selected = all.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
/** The long ones first, so that none is left alone at the end. */
const scenarios = selected.toSorted((a, b) => Number(b.isLong ?? false) - Number(a.isLong ?? false));

const begin = performance.now();
const say = (text) => console.log(`${((performance.now() - begin) / 1000).toFixed(1).padStart(6)} s  ${text}`);
const abort = new AbortController();
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(name, () => {
    if (!abort.signal.aborted) say(`${name}: cleaning up`);
    abort.abort(new Error(name));
  });
}

/** Makes the image of the service and brings it into a cluster that is there already. */
function loadImage(folder) {
  if (flags.load === 'true') return;
  const file = fileURLToPath(new URL('image/Dockerfile', import.meta.url));
  const node = process.versions.node;
  const options = { stdio: 'inherit' };
  execFileSync(
    'docker',
    ['build', '--build-arg', `NODE=${node}`, '--tag', flags.image, '--file', file, folder],
    options,
  );
  const [program, ...args] = flags.load.split(' ');
  execFileSync(program, [...args, flags.image], options);
}

/** Prints a scenario that has ended: its failed step, the error, and the logs of its pods. */
function sayScenario({ about, steps, error, pods, tookSeconds }) {
  say(`${error === undefined ? 'ok    ' : 'FAILED'} ${about}: ${steps.length} steps in ${tookSeconds.toFixed(0)} s`);
  if (error === undefined) return;
  console.error(`  ${steps.find((step) => step.error)?.title ?? 'outside of the steps'}\n  ${error.message}`);
  for (const pod of pods) console.error(`  ${pod.describe()}`);
}

/** Opens the cluster that KUBECONFIG names, or starts one. Returns what ends it, or cleans it up. */
async function openCluster(folder) {
  if (process.env.KUBECONFIG) {
    say(`the cluster of ${process.env.KUBECONFIG}: ${(await kubectl(['config', 'current-context'])).trim()}`);
    loadImage(folder);
    return () => kubectl(['delete', 'namespace', '--selector', LABEL]);
  }
  const { kubeconfig, programs, stop } = await startCluster(flags.image, folder, say);
  process.env.KUBECONFIG = kubeconfig;
  process.env.PATH = `${programs}${delimiter}${process.env.PATH}`;
  return stop;
}

/** Runs the scenarios, until a signal ends them. Returns a row for each. */
async function runAll() {
  const aborted = new Promise((_, reject) => abort.signal.addEventListener('abort', () => reject(abort.signal.reason)));
  abort.signal.throwIfAborted();
  const settings = { image: flags.image, signal: abort.signal };
  return await Promise.race([runScenarios(scenarios, settings, AT_ONCE, sayScenario), aborted]);
}

const folder = await makeFolder();
let clean;
let rows;
try {
  clean = await openCluster(folder);
  say('the cluster is ready');
  rows = await runAll();
} catch (error) {
  console.error(abort.signal.aborted ? error.message : error);
} finally {
  rmSync(folder, { recursive: true });
  await clean?.();
  say('cleaned up');
}
const isGreen = rows?.every(({ error }) => error === undefined) ?? false;
if (rows !== undefined) {
  const seconds = ((performance.now() - begin) / 1000).toFixed(0);
  const inOrder = selected.map(({ name }) => rows.find((row) => row.name === name));
  const text = `\`npm run test:kubernetes\`, ${machine()}, ${seconds} s:\n\n${describe(inOrder)}`;
  console.log(`\n${text}`);
  if (flags.write && isGreen && positionals.length === 0) writeSection('kubernetes', text);
}
// Steps of an aborted run may still wait.
process.exit(isGreen ? 0 : 1);
