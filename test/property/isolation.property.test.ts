/**
 * Tests `isolation: 'namespace'` over random stories of files that change, break, vanish, return and lose their volumes:
 * after each poll, a namespace with a good file has the values of that file, a namespace with a bad one has the values that
 * it had, all of them of one file; and the status, the log and the history name exactly the bad ones.
 */
import { mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { ConfigMapVolume } from '../../src/testing/config-map-volume.js';
import { Base, integer, string } from '../support/base.js';
import { PolledFiles } from '../support/polled-files.js';

/** `npm run test:property -- --runs 1000` runs more stories. */
const { SENTRY_OPTIONS_TEST_RUNS = '10' } = process.env;
const RUNS = 3 * Number(SENTRY_OPTIONS_TEST_RUNS);
const NAMES = ['a', 'b', 'c', 'd'];
const counts = { held: 0, released: 0, published: 0, lost: 0, unavailable: 0 };

/** What happens to one namespace. The values of one file all have the same number, so that a mixture shows. */
const WHAT = [
  'good',
  'good',
  'good',
  'bad',
  'malformed',
  'removed',
  'link',
  'unreadable',
  'unmounted',
  'mounted',
] as const;
const event = fc.record({ namespace: fc.nat({ max: NAMES.length - 1 }), what: fc.constantFrom(...WHAT) });
/** The events between two polls. */
const story = fc.array(fc.array(event, { maxLength: 5 }), { minLength: 1, maxLength: 15 });

/** The state of one namespace's file, and what must be live. */
class Namespace {
  readonly #name: string;
  readonly #base: Base;
  readonly #volume: ConfigMapVolume;
  #isMounted = true;
  /** The number in the file; undefined if there is no file, null if the file is bad. */
  #content: number | undefined | null = undefined;
  /** The number that must be live. */
  live: number | undefined = undefined;
  isHeld = false;

  constructor(base: Base, name: string) {
    this.#name = name;
    this.#base = base;
    this.#volume = new ConfigMapVolume(join(base.directory, 'values', name));
    this.#volume.empty();
  }

  happen(what: (typeof WHAT)[number], number: number): void {
    // The volume leaves alone what it has not made.
    if (this.#isMounted && what !== 'mounted') rmSync(this.#base.valuesFile(this.#name), { force: true });
    switch (what) {
      case 'good':
        this.#volume.writeValues({ n: number, text: String(number), m: number });
        this.#content = number;
        return;
      case 'bad':
        this.#volume.writeValues({ n: number, text: String(number), m: 'x' });
        this.#content = null;
        return;
      case 'malformed':
        this.#volume.write({ 'values.json': `{"options": {"n": ${number}` });
        this.#content = null;
        return;
      case 'removed':
        this.#volume.empty();
        this.#content = undefined;
        return;
      case 'mounted':
        this.#volume.mount();
        this.#isMounted = true;
        return;
      default:
        this.#volume.empty();
        this.#content = undefined;
    }
    if (!this.#isMounted) return;
    if (what === 'unmounted') {
      this.#volume.unmount();
      this.#isMounted = false;
      return;
    }
    symlinkSync(what === 'link' ? 'nowhere' : '/proc/self/mem', this.#base.valuesFile(this.#name));
    this.#content = null;
  }

  /** Notes that a poll has seen the file. */
  see(): void {
    // Without a file before, an empty mount point is no loss.
    const isLost = !this.#isMounted && this.live !== undefined;
    this.isHeld = isLost || (this.#isMounted && this.#content === null);
    if (!this.isHeld) this.live = this.#isMounted ? (this.#content ?? undefined) : undefined;
  }
}

async function tell(events: readonly (readonly { namespace: number; what: (typeof WHAT)[number] }[])[]): Promise<void> {
  const base = new Base(
    Object.fromEntries(NAMES.map((name) => [name, { n: integer(0), text: string(''), m: integer(0) }])),
  );
  mkdirSync(join(base.directory, 'values'));
  const namespaces = NAMES.map((name) => new Namespace(base, name));
  const files = new PolledFiles(base.directory, { isolation: 'namespace' });
  await files.start();
  const known = new Map<string, string | undefined>();
  let number = 0;
  for (const step of events) {
    for (const { namespace, what } of step) namespaces[namespace]?.happen(what, ++number);
    const before = namespaces.map(({ isHeld }) => isHeld);
    const generation = files.generation;
    await files.poll();
    for (const namespace of namespaces) namespace.see();
    check(files, namespaces, known);
    counts.published += files.generation - generation;
    counts.released += namespaces.filter(({ isHeld }, index) => before[index] && !isHeld).length;
  }
}

/** @param known why each namespace was held back after the last poll */
function check(files: PolledFiles, namespaces: readonly Namespace[], known: Map<string, string | undefined>): void {
  const log = files.takeLog().join('\n');
  for (const [index, { live, isHeld }] of namespaces.entries()) {
    const name = NAMES[index] as string;
    const values = live === undefined ? {} : { n: live, text: String(live), m: live };
    expect([name, files.read(name)]).toEqual([name, values]);
    const held = files.record?.namespaces[name]?.held;
    expect([name, held != null]).toEqual([name, isHeld]);
    // Once for one cause.
    if (log.includes(`Value error for ${name}:`)) expect(held?.reason ?? known.get(name)).not.toBe(known.get(name));
    known.set(name, held?.reason);
    if (isHeld) counts.held++;
    if (held?.reason.startsWith('The volume')) counts.lost++;
    if (held?.reason.includes('the next poll tries again')) counts.unavailable++;
  }
  const isAnyHeld = namespaces.some(({ isHeld }) => isHeld);
  const { rejection, accessError } = files.record ?? {};
  expect((rejection ?? accessError) != null).toBe(isAnyHeld);
}

it(
  'Good namespaces have the values of their files, bad ones the last good values, and none has a mixture',
  async () => {
    await fc.assert(fc.asyncProperty(story, tell), { numRuns: RUNS });
    expect(Object.entries(counts).filter(([, count]) => count === 0)).toEqual([]);
  },
  RUNS * 10_000,
);
