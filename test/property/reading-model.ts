/** A thread that reads a store in all ways, and a plain model that says what it must read. For `reading.property.test.ts`. */
import { expect } from 'vitest';
import { UnknownOptionError } from '../../src/common/errors.js';
import type { OptionValue } from '../../src/common/value.js';
import { buildReloadEvent, type ReloadEvent } from '../../src/events/reload-event.js';
import { FeatureReason } from '../../src/features/evaluation.js';
import type { Snapshot } from '../../src/reading/snapshot.js';
import { attach, close, features, options, snapshot } from '../../src/store/current.js';
import { overrideOptions } from '../../src/testing/overrides.js';
import type { Reading } from '../../src/view/view.js';
import { makeMemoryStore } from '../support/memory-store.js';

export interface Declared {
  readonly namespace: string;
  readonly key: string;
  readonly isFlag: boolean;
  /** Whether it is a flag that the schema declares by pattern. */
  readonly isByPattern?: boolean;
  readonly type: object;
  /** Values to choose from. The first is the default, except of a flag, which is on with it. */
  readonly values: readonly OptionValue[];
}

/** Counts what the readers do. */
export interface Work {
  /** The values that were decoded: index and generation. */
  readonly decoded: string[];
  /** How often a cell was copied, or tried to be. */
  copies: number;
}

/** The values that a file sets, or that tests override, by the option's place in the list of all. */
type Content = ReadonlyMap<number, OptionValue>;

/** One generation in the model. */
interface Moment {
  readonly generation: number;
  readonly content: Content;
  /** By place, how often the value of the option has changed until then. */
  readonly eras: readonly number[];
  /** By place, how often it has changed, or has been set to its default, or unset. */
  readonly stamps: readonly number[];
}

/** A pinned snapshot, and the overrides that were active when it was pinned. */
interface Pin {
  readonly snapshot: Snapshot;
  readonly moment: Moment;
  readonly overrides: Content;
}

/** A reading, as a listener keeps it until its next event. */
interface Held {
  readonly reading: Reading;
  readonly moment: Moment;
}

/** An event that the host keeps, and whose changes it reads late, or never. */
interface KeptEvent {
  readonly event: ReloadEvent;
  readonly before: Moment;
  readonly after: Moment;
}

/** Reads one option in one way. */
type Way = (option: Declared) => unknown;

/** The namespace that declares flags by pattern. */
export const OPEN = 'open';

/** Few: the others are like them. */
const CHECKED_PLACES = 24;

export class ReadingRun {
  readonly #declared: readonly Declared[];
  /** Those in the `properties` of a schema. */
  readonly #listed: readonly Declared[];
  readonly #work: Work;
  readonly #store: ReturnType<typeof makeMemoryStore>;
  readonly #view;
  #now: Moment;
  #overrides: readonly { readonly content: Content; readonly disposable?: Disposable }[] = [];
  readonly #pins: Pin[] = [];
  readonly #readings: Held[] = [];
  readonly #events: KeptEvent[] = [];
  /** What was read of each option in each era. Held, so that no object can come again by a collection. */
  readonly #objects = new Map<string, OptionValue>();
  readonly #decoded = new Set<string>();
  /** Live objects from before the first read. */
  readonly #held = new Map<string, { readonly values: Record<string, unknown> }>();
  readonly #ways: readonly Way[];

  constructor(declared: readonly Declared[], work: Work) {
    this.#declared = declared;
    this.#listed = declared.filter(({ isByPattern }) => isByPattern !== true);
    this.#work = work;
    const none = declared.map(() => 0);
    this.#now = { generation: 1, content: new Map(), eras: none, stamps: none };
    const properties = this.#listed.map(({ namespace, key, isFlag, type, values }) => {
      const option = isFlag ? { $ref: '#/definitions/Feature' } : { ...type, default: values[0], description: '' };
      return { namespace, entry: [key, option] as const };
    });
    const schemas = group(properties) as Record<string, Record<string, object>>;
    schemas[OPEN] ??= {};
    this.#store = makeMemoryStore(schemas, {}, [OPEN]);
    for (const { namespace } of declared) {
      if (!this.#held.has(namespace)) this.#held.set(namespace, options(namespace) as never);
    }
    const held = new Map(declared.map((option) => [option, options(option.namespace).option(option.key)]));
    this.#view = attach(this.#store.handle).view;
    this.#ways = [
      ({ namespace, key }) => options(namespace).get(key),
      ({ namespace, key }) => options(namespace).option(key).value,
      (option) => held.get(option)?.value,
      ({ namespace, key, isFlag }) => (isFlag ? options(namespace).get(key) : options(namespace).values[key]),
      ({ namespace, key, isFlag }) => (isFlag ? options(namespace).get(key) : this.#held.get(namespace)?.values[key]),
    ];
  }

  /** Sets or unsets options, those at `sets` to one of their values. */
  publish(sets: readonly { readonly place: number; readonly value: number }[]): void {
    const content = new Map(this.#now.content);
    for (const { place, value } of sets) {
      const at = place % this.#declared.length;
      const { values } = this.#declared[at] as Declared;
      if (value < 0) content.delete(at);
      else content.set(at, values[value % values.length] as OptionValue);
    }
    this.#publish(content);
  }

  /** Changes all options. */
  publishAll(): void {
    const content = this.#declared.map(({ values }, place) => {
      const next = values.findIndex((value) => text(value) !== text(this.#fileValue(place, this.#now)));
      return [place, values[next] as OptionValue] as const;
    });
    this.#publish(new Map(content));
  }

  #publish(content: Content): void {
    const { eras, stamps } = this.#now;
    const count = (isChanged: (place: number) => boolean) => (number: number, place: number) =>
      number + Number(isChanged(place));
    const isAnother = (place: number) =>
      text(this.#fileValue(place, this.#now)) !== text(this.#fileValue(place, { content }));
    const next = {
      content,
      generation: this.#now.generation + 1,
      eras: eras.map(count(isAnother)),
      stamps: stamps.map(count((at) => text(this.#now.content.get(at)) !== text(content.get(at)))),
    };
    const given = [...content].map(([place, value]) => {
      const { namespace, key } = this.#declared[place] as Declared;
      return { namespace, entry: [key, value] as const };
    });
    expect(this.#store.publish(group(given) as Record<string, Record<string, OptionValue>>)).toBe(next.generation);
    this.#now = next;
  }

  /** Completes a reload that changes no option. Nothing is copied or decoded for it. */
  confirm(): void {
    this.check();
    const before = [this.#work.copies, this.#work.decoded.length];
    this.#now = { ...this.#now, generation: this.#store.confirm() };
    this.#readAll();
    expect([this.#work.copies, this.#work.decoded.length]).toEqual(before);
  }

  republish(): void {
    this.#store.republish();
  }

  pin(): void {
    const pinned = snapshot();
    expect(pinned.generation).toBe(this.#now.generation);
    this.#pins.push({ snapshot: pinned, moment: this.#now, overrides: this.#merged() });
  }

  unpin(): void {
    this.#pins.splice(this.#now.generation % (this.#pins.length + 1), 1);
  }

  /** Keeps a reading, as a listener does until its next event. */
  hold(): void {
    this.#readings.push({ reading: this.#view.pin(), moment: this.#now });
  }

  /** Ends a reading, as a listener does at its next event, with an event that is read later. */
  release(): void {
    const [held] = this.#readings.splice(this.#now.generation % (this.#readings.length + 1), 1);
    if (held === undefined) return;
    const current = this.#view.pin();
    this.#events.push({
      event: buildReloadEvent(this.#view, held.reading, current),
      before: held.moment,
      after: this.#now,
    });
    this.#view.unpin(held.reading);
    this.#view.unpin(current);
  }

  /** Reads the changes of an event, and drops it. */
  readLate(): void {
    for (const { event, before, after } of this.#events.splice(0, 1)) this.#compareChanges(event, before, after);
  }

  override(place: number, value: number, scoped?: () => void): void {
    const at = place % this.#declared.length;
    const { namespace, key, values } = this.#declared[at] as Declared;
    const chosen = JSON.parse(JSON.stringify(values[Math.max(value, 0) % values.length]));
    const content = new Map([[at, chosen]]);
    const given = Object.fromEntries([[key, chosen]]);
    if (scoped === undefined) {
      this.#overrides = [...this.#overrides, { content, disposable: overrideOptions(namespace, given) }];
      return;
    }
    const outer = this.#overrides;
    overrideOptions(namespace, given, () => {
      this.#overrides = [...outer, { content }];
      scoped();
    });
    this.#overrides = outer;
  }

  /** Ends one override, in any order. */
  restore(): void {
    const ended = this.#overrides[this.#now.generation % (this.#overrides.length + 1)];
    ended?.disposable?.[Symbol.dispose]();
    this.#overrides = this.#overrides.filter((each) => each !== ended);
  }

  /** Reads one option in one way. */
  read(place: number, way: number): void {
    this.#readLive(place % this.#declared.length, [this.#ways[(way + 1) % this.#ways.length] as Way]);
  }

  /** Reads all in all ways. */
  check(): void {
    this.#readAll();
    for (const pin of this.#pins) this.#readPin(pin);
    for (const each of this.#readings) this.#readEvent(each);
    this.#compareAll();
  }

  /** Evaluates all flags at once: a snapshot that is pinned for that only. */
  #compareAll(): void {
    const overrides = this.#merged();
    for (const namespace of this.#held.keys()) {
      const expected = this.#declared.flatMap((option, place): [string, boolean][] => {
        const isSet = this.#now.content.has(place) || overrides.has(place);
        if (option.namespace !== namespace || !option.isFlag || (option.isByPattern === true && !isSet)) return [];
        const isOn = text(overrides.get(place) ?? this.#fileValue(place, this.#now)) === text(option.values[0]);
        return [[option.key.slice('feature.'.length), isOn]];
      });
      expect(new Map(Object.entries(features(namespace).all()))).toEqual(new Map(expected));
    }
  }

  /** Ends all overrides, then closes the store. Reads all after each step. */
  async end(): Promise<void> {
    this.check();
    while (this.#overrides.length > 0) {
      this.#overrides[0]?.disposable?.[Symbol.dispose]();
      this.#overrides = this.#overrides.slice(1);
      this.#readAll();
    }
    this.check();
    const held = this.#declared
      .filter(({ isFlag }) => !isFlag)
      .map((option) => [option, this.#held.get(option.namespace)]);
    await close();
    for (const [option, { values }] of held as [Declared, { values: Record<string, unknown> }][]) {
      this.#compare(this.#declared.indexOf(option), values[option.key], this.#now);
    }
  }

  #readAll(): void {
    for (let place = 0; place < Math.min(this.#declared.length, CHECKED_PLACES); place++) {
      this.#readLive(place, this.#ways);
    }
    expect(snapshot().generation).toBe(this.#now.generation);
    for (const [namespace, { values }] of this.#held) {
      const keys = this.#declared.filter((option) => option.namespace === namespace && !option.isFlag);
      expect(new Set(Object.keys(values))).toEqual(new Set(keys.map(({ key }) => key)));
      this.#compareKeys(namespace, options(namespace).keys(), this.#now, this.#merged());
    }
  }

  #readLive(place: number, ways: readonly Way[]): void {
    const option = this.#declared[place] as Declared;
    const { namespace, key, isFlag } = option;
    const before = this.#work.decoded.length;
    const overrides = this.#merged();
    for (const way of ways)
      this.#compare(
        place,
        attempt(() => way(option)),
        this.#now,
        overrides,
      );
    const isset = overrides.has(place) || this.#now.content.has(place);
    expect([options(namespace).isset(key), options(namespace).option(key).isset]).toEqual([isset, isset]);
    if (key.startsWith('feature.')) {
      const isOn = text(overrides.get(place) ?? this.#fileValue(place, this.#now)) === text(option.values[0]);
      expect(features(namespace).has(key.slice('feature.'.length))).toBe(isFlag && isOn);
      const { reason } = features(namespace).evaluate(key.slice('feature.'.length));
      if (isFlag) expect([key, reason === FeatureReason.NOT_SET]).toEqual([key, !isset]);
    }
    if (isFlag) expect(() => options(namespace).values[key]).toThrow('it is a feature flag');
    // A value is decoded once, unless it changes.
    for (const decoded of this.#work.decoded.slice(before)) {
      expect(this.#decoded).not.toContain(decoded);
      this.#decoded.add(decoded);
    }
  }

  #readPin({ snapshot: pinned, moment, overrides }: Pin): void {
    expect(pinned.generation).toBe(moment.generation);
    const { namespaces } = pinned.toJSON();
    for (const [namespace, values] of Object.entries(namespaces)) {
      this.#compareKeys(namespace, pinned.namespace(namespace).keys(), moment, overrides);
      const set = this.#declared.filter(
        (option, at) =>
          option.namespace === namespace && (!option.isFlag || moment.content.has(at) || overrides.has(at)),
      );
      expect(new Set(Object.keys(values))).toEqual(new Set(set.map(({ key }) => key)));
    }
    for (let place = 0; place < Math.min(this.#declared.length, CHECKED_PLACES); place++) {
      const { namespace, key, isFlag, values } = this.#declared[place] as Declared;
      const own = pinned.namespace(namespace);
      this.#compare(
        place,
        attempt(() => own.get(key)),
        moment,
        overrides,
      );
      this.#compare(place, Object.getOwnPropertyDescriptor(namespaces[namespace], key)?.value, moment, overrides);
      if (!isFlag) this.#compare(place, own.values[key], moment, overrides);
      expect(own.isset(key)).toBe(overrides.has(place) || moment.content.has(place));
      if (key.startsWith('feature.')) {
        const isOn = text(overrides.get(place) ?? this.#fileValue(place, moment)) === text(values[0]);
        expect(pinned.features(namespace).has(key.slice('feature.'.length))).toBe(isFlag && isOn);
      }
    }
  }

  #readEvent({ reading, moment }: Held): void {
    const current = this.#view.pin();
    this.#compareChanges(buildReloadEvent(this.#view, reading, current), moment, this.#now);
    this.#view.unpin(current);
  }

  #compareChanges({ changes }: ReloadEvent, before: Moment, after: Moment): void {
    const differing = [...before.eras.keys()].filter(
      (place) => text(this.#fileValue(place, before)) !== text(this.#fileValue(place, after)),
    );
    expect(changes.length).toBe(differing.length);
    for (const { namespace, key, oldValue, newValue } of changes.slice(0, CHECKED_PLACES)) {
      const place = this.#declared.findIndex((option) => option.namespace === namespace && option.key === key);
      expect(differing).toContain(place);
      this.#compare(place, oldValue, before);
      this.#compare(place, newValue, after);
    }
  }

  /** Expects all names that the schema lists; then the flags by pattern that are set, sorted by code point. */
  #compareKeys(namespace: string, actual: readonly string[], moment: Moment, overrides: Content): void {
    const isOwn = (option: Declared) => option.namespace === namespace;
    const listed = this.#listed.filter(isOwn);
    const byPattern = this.#declared.filter(
      (option, place) =>
        isOwn(option) && option.isByPattern === true && (moment.content.has(place) || overrides.has(place)),
    );
    expect(new Set(actual.slice(0, listed.length))).toEqual(new Set(listed.map(({ key }) => key)));
    expect(actual.slice(listed.length)).toEqual(byPattern.map(({ key }) => key).sort(compareUtf8));
  }

  /**
   * Expects the value of that moment; and, of now, the same object as in all of its era. An older snapshot may read it
   * first after the next era has begun: then it is the same object as long as the option was neither set nor unset.
   */
  #compare(place: number, actual: unknown, moment: Moment, overrides: Content = new Map()): void {
    const overridden = overrides.get(place);
    expect(text(actual)).toBe(text(overridden ?? this.#fileValue(place, moment)));
    if (overridden !== undefined || typeof actual !== 'object') return;
    const spans = [`${place}/stamp ${moment.stamps[place]}`];
    if (moment.eras[place] === this.#now.eras[place]) spans.push(`${place}/era ${moment.eras[place]}`);
    for (const span of spans) {
      const known = this.#objects.get(span);
      if (known === undefined) this.#objects.set(span, actual as OptionValue);
      else expect(actual).toBe(known);
    }
  }

  #fileValue(place: number, { content }: Pick<Moment, 'content'>): OptionValue | undefined {
    const { isFlag, values } = this.#declared[place] as Declared;
    // In a schema, −0 is 0.
    return content.get(place) ?? (isFlag ? undefined : JSON.parse(JSON.stringify(values[0])));
  }

  #merged(): Content {
    return new Map(this.#overrides.flatMap(({ content }) => [...content]));
  }
}

/** Compares by code point. */
function compareUtf8(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

/** Returns undefined for a flag that is not set. */
function attempt(read: () => unknown): unknown {
  try {
    return read();
  } catch (error) {
    expect(error).toBeInstanceOf(UnknownOptionError);
    return undefined;
  }
}

/** Tells values apart that differ in the order of members, or in the sign of 0. */
function text(value: unknown): string {
  return Object.is(value, -0) ? '-0' : String(JSON.stringify(value));
}

/** Collects entries by their namespace. */
function group(list: readonly { readonly namespace: string; readonly entry: readonly [string, unknown] }[]): object {
  const names = [...new Set(list.map(({ namespace }) => namespace))];
  return Object.fromEntries(
    names.map((name) => [
      name,
      Object.fromEntries(list.filter(({ namespace }) => namespace === name).map(({ entry }) => entry)),
    ]),
  );
}
