/** What the alert rules of the Prometheus example see of a few processes, and which alerts fire then. */
import { OLD, type Process, pulse } from './series.js';

/** One case. */
export interface Case {
  /** By the label `instance`. */
  readonly processes: Readonly<Record<string, Process>>;
  /** All alerts that fire at a minute, each as its name without `SentryOptions`, and its labels. */
  readonly firing: Readonly<Record<number, readonly string[]>>;
}

const WELL: Process = {};
const SHOP = 'sentry_options_namespace="shop"';
/** Values that have replaced the old ones at minute 3. */
const NEW = changeAt(3);
const NONE = { 0: [], 6: [], 13: [], 14: [], 20: [], 40: [] };

/** Old values until `minute`, then new ones. */
function changeAt(minute: number): string {
  return `500x${minute - 1} 600x40`;
}

/** An alert that fires for the process `b` from minute 3 to 9, after something was wrong with it from minute 2 on. */
function firesFrom3To9(...alerts: readonly string[]): Case['firing'] {
  return { 1: [], 2: [], 3: alerts, 9: alerts, 10: [], 20: [], 24: [], 40: [] };
}

/** The cases, by what happens. */
export const CASES: Readonly<Record<string, Case>> = {
  'all is well': { processes: { a: WELL, b: WELL }, firing: NONE },

  'a watcher crashes': {
    processes: { a: WELL, b: { watcher: ['crashed', 2, 10] } },
    firing: firesFrom3To9('WatcherDead{instance="b",sentry_options_state="crashed"}'),
  },
  'a store is closed, and its process goes on': {
    processes: { a: WELL, b: { watcher: ['closed', 2, 10] } },
    firing: firesFrom3To9('WatcherDead{instance="b",sentry_options_state="closed"}'),
  },
  'a watcher is stalled': {
    processes: { a: WELL, b: { watcher: ['stalled', 2, 10] } },
    firing: firesFrom3To9('WatcherStalled{instance="b",sentry_options_state="stalled"}'),
  },
  'a watcher is stalled, and the others get new values': {
    processes: { a: { fingerprint: NEW }, b: { watcher: ['stalled', 2, 50], fingerprint: OLD } },
    firing: {
      2: [],
      3: ['WatcherStalled{instance="b",sentry_options_state="stalled"}'],
      40: ['WatcherStalled{instance="b",sentry_options_state="stalled"}'],
    },
  },
  'a watcher is stalled while the files are invalid: two causes': {
    processes: { a: WELL, b: { watcher: ['stalled', 2, 10], successful: pulse(2, 0), polledAt: '0x60' } },
    firing: firesFrom3To9('WatcherStalled{instance="b",sentry_options_state="stalled"}', 'FilesRejected{instance="b"}'),
  },

  'files are rejected or suspicious': {
    processes: { a: WELL, b: { successful: pulse(2, 0) } },
    firing: firesFrom3To9('FilesRejected{instance="b"}'),
  },
  'a process rejects files that the others accept, with another schema': {
    processes: { a: { fingerprint: NEW }, b: { successful: '1x2 0x50', fingerprint: OLD } },
    firing: { 3: [], 4: ['FilesRejected{instance="b"}'], 40: ['FilesRejected{instance="b"}'] },
  },
  'a namespace is held back': {
    processes: { a: WELL, b: { successful: pulse(2, 0), held: pulse(2, 1) } },
    firing: firesFrom3To9(`NamespaceHeld{instance="b",${SHOP}}`),
  },
  'a start on old values': {
    processes: { a: WELL, b: { successful: pulse(2, 0), fallback: pulse(2, 1) } },
    firing: firesFrom3To9('StartedOnOldValues{instance="b"}'),
  },
  'a start on old values of one namespace': {
    processes: { a: WELL, b: { successful: pulse(2, 0), fallback: pulse(2, 1), held: pulse(2, 1) } },
    firing: firesFrom3To9(`NamespaceHeld{instance="b",${SHOP}}`),
  },

  'a process loses a file, which lies elsewhere in its volume, and starts again': {
    processes: { a: WELL, b: { lost: pulse(2, 1), mountWarnings: pulse(2, 1), fingerprint: '0x60' } },
    // The new process has never had the file that the others have.
    firing: {
      ...firesFrom3To9(`ValuesLost{instance="b",${SHOP}}`),
      19: [],
      20: [`NotConverging{${SHOP}}`],
      24: [`NotConverging{${SHOP}}`],
      40: [`NotConverging{${SHOP}}`],
    },
  },
  'a process loses a file for long': {
    processes: { a: WELL, b: { lost: '0x1 1x50', fingerprint: '0x60' } },
    firing: { 2: [], 3: [`ValuesLost{instance="b",${SHOP}}`], 40: [`ValuesLost{instance="b",${SHOP}}`] },
  },
  'files are mounted wrongly': {
    processes: { a: WELL, b: { mountWarnings: pulse(2, 1) } },
    firing: firesFrom3To9('MountedWrongly{instance="b"}'),
  },
  'a volume is gone, and what is left is mounted wrongly': {
    processes: { a: WELL, b: { mountWarnings: pulse(2, 1), successful: pulse(2, 0) } },
    firing: firesFrom3To9('FilesRejected{instance="b"}'),
  },

  'one of three processes keeps its values, reads them 17 minutes late': {
    processes: {
      a: { fingerprint: NEW },
      b: { fingerprint: NEW },
      c: { fingerprint: changeAt(20), propagations: ['_x20 1x40', '_x20 0x40'] },
    },
    firing: { 12: [], 13: [`NotConverging{${SHOP}}`], 19: [`NotConverging{${SHOP}}`], 20: [], 21: [], 34: [], 40: [] },
  },
  'a process has never had a file': {
    processes: { a: WELL, b: { fingerprint: '0x60' } },
    firing: { 9: [], 10: [`NotConverging{${SHOP}}`], 40: [`NotConverging{${SHOP}}`] },
  },
  'a rollout takes its time': {
    processes: { a: { fingerprint: NEW }, b: { fingerprint: changeAt(7) }, c: { fingerprint: changeAt(12) } },
    firing: NONE,
  },
  'two rollouts follow each other at once': {
    processes: {
      a: { fingerprint: '500x2 600x5 700x40' },
      b: { fingerprint: '500x7 600x6 700x40' },
    },
    firing: NONE,
  },
  'a process that kept its values ends': {
    processes: { a: { fingerprint: NEW }, b: { fingerprint: '500x15 stale' } },
    firing: { 12: [], 13: [`NotConverging{${SHOP}}`], 15: [`NotConverging{${SHOP}}`], 16: [], 20: [], 40: [] },
  },
  'deployments for different targets': {
    processes: {
      a: WELL,
      'a in another job': { labels: { job: 'other' }, fingerprint: '001x60' },
      'a in another namespace': { labels: { namespace: 'other' }, fingerprint: '101x60' },
      'a in another region': { labels: { region: 'other' }, fingerprint: '201x60' },
      'a in another cluster': { labels: { cluster: 'other' }, fingerprint: '301x60' },
      'another namespace of options': { labels: { sentry_options_namespace: 'cart' }, fingerprint: '401x60' },
    },
    firing: NONE,
  },

  'a propagation takes long': {
    processes: {
      a: { propagations: ['_x5 1x40', '_x5 1x40'] },
      b: { propagations: ['_x5 1x40', '_x5 0x40'] },
      c: { propagations: ['2x4 3x40', '2x50'] },
    },
    firing: {
      4: [],
      5: [`PropagationSlow{instance="b",${SHOP}}`, `PropagationSlow{instance="c",${SHOP}}`],
      19: [`PropagationSlow{instance="b",${SHOP}}`, `PropagationSlow{instance="c",${SHOP}}`],
      20: [],
      40: [],
    },
  },
  'a propagation takes long, because the watcher was stalled or the files were invalid': {
    processes: {
      a: WELL,
      b: { watcher: ['stalled', 2, 10], propagations: ['_x10 1x40', '_x10 0x40'] },
      c: { successful: pulse(2, 0), propagations: ['_x10 1x40', '_x10 0x40'] },
    },
    firing: {
      9: ['WatcherStalled{instance="b",sentry_options_state="stalled"}', 'FilesRejected{instance="c"}'],
      10: [],
      11: [],
      20: [],
      24: [],
      40: [],
    },
  },
  'a propagation takes long, and processes of other deployments differ': {
    processes: {
      a: { fingerprint: NEW },
      b: { fingerprint: OLD },
      c: { labels: { cluster: 'other' }, propagations: ['_x20 1x40', '_x20 0x40'] },
      d: { labels: { region: 'other' }, propagations: ['_x20 1x40', '_x20 0x40'] },
      e: { labels: { namespace: 'other' }, propagations: ['_x20 1x40', '_x20 0x40'] },
    },
    firing: {
      12: [],
      13: [`NotConverging{${SHOP}}`],
      20: [
        `NotConverging{${SHOP}}`,
        `PropagationSlow{instance="c",cluster="other",${SHOP}}`,
        `PropagationSlow{instance="d",region="other",${SHOP}}`,
        `PropagationSlow{instance="e",namespace="other",${SHOP}}`,
      ],
      40: [`NotConverging{${SHOP}}`],
    },
  },
  'a reload takes long': {
    processes: { a: { reloads: ['_x5 1x40', '_x5 1x40'] }, b: { reloads: ['_x5 1x40', '_x5 0x40'] } },
    firing: { 4: [], 5: ['ReloadSlow{instance="b"}'], 19: ['ReloadSlow{instance="b"}'], 20: [], 40: [] },
  },
  'a reload takes long, because its read hung': {
    processes: { a: WELL, b: { watcher: ['stalled', 2, 10], reloads: ['_x10 1x40', '_x10 0x40'] } },
    firing: firesFrom3To9('WatcherStalled{instance="b",sentry_options_state="stalled"}'),
  },
  'a load does not end': {
    processes: {
      a: WELL,
      b: { successful: pulse(2, 0), polledAt: '0+60x1 60x7 600+60x40' },
    },
    firing: { 1: [], 2: [], 3: ['ReloadSlow{instance="b"}'], 9: ['ReloadSlow{instance="b"}'], 10: [], 40: [] },
  },
};
