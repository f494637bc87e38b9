/** When listeners are told, step by step: the memory is a store's, and the test is its watcher. */
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { SnapshotEncoder } from '../../src/codec/encode.js';
import { createCell, LAYOUT_VERSION } from '../../src/memory/cell/layout.js';
import { CellWriter } from '../../src/memory/cell/writer.js';
import { Control, WatcherState } from '../../src/memory/control.js';
import { loadSchemas } from '../../src/schema/load-schemas.js';
import { countOptions, shareSchemas } from '../../src/schema/share-schemas.js';
import { DiagnosticsChannels } from '../../src/store/diagnostics-channels.js';
import { type ReloadEvent, ReloadEvents } from '../../src/store/reload-events.js';
import { StoreView } from '../../src/store/view.js';
import { integer } from '../support/base.js';

const RESERVES = [2 ** 20];

/** A store, and what its watcher does to it. */
function make() {
  const properties = { number: integer(1) };
  const schemas = loadSchemas({
    directory: '/nowhere',
    schemas: { seer: JSON.stringify({ version: '1.0', type: 'object', properties }) },
  });
  const control = Control.create(5_000);
  const values = createCell(RESERVES);
  const cell = new CellWriter(values);
  const publish = (number: number) => {
    const encoder = new SnapshotEncoder(countOptions(schemas));
    encoder.set(0, number);
    cell.publish(encoder.finish());
  };
  publish(1);
  control.describe(1);
  control.moveState(WatcherState.STARTING, WatcherState.RUNNING);
  const view = new StoreView({
    version: LAYOUT_VERSION,
    id: 'test',
    directory: '/nowhere',
    control: control.buffer,
    values,
    status: createCell(RESERVES),
    ...shareSchemas(schemas),
    isInMemory: false,
  });
  return { view, control, publish };
}

/** All that is on its way has arrived: a wait that began later has ended. */
async function arrived(control: Control): Promise<void> {
  const wait = control.waitAsync(control.signal, 60_000);
  control.signalAll();
  await wait;
  await turn();
  await turn();
}

describe('a generation whose status is not written yet', () => {
  it.each([
    ['a store that only listens', (view: StoreView) => new ReloadEvents(view)],
    ['a store that was started here', (view: StoreView) => new ReloadEvents(view, new DiagnosticsChannels(view))],
  ])('is not told of by a signal that is about something else: %s', async (_, eventsOf) => {
    const { view, control, publish } = make();
    const events = eventsOf(view);
    const heard: ReloadEvent[] = [];
    events.onReload((event) => heard.push(event));
    const pending = events.changes().next();
    publish(2);
    await arrived(control);
    expect(heard).toEqual([]);
    control.describe(2);
    await arrived(control);
    expect(heard.map(({ previousGeneration: previous, generation }) => [previous, generation])).toEqual([[1, 2]]);
    expect((await pending).value).toMatchObject({ previousGeneration: 1, generation: 2 });
    events.close();
  });

  it('is told of where the watcher has died in between', async () => {
    const { view, control, publish } = make();
    const events = new ReloadEvents(view);
    const heard: ReloadEvent[] = [];
    events.onReload((event) => heard.push(event));
    publish(2);
    control.moveState(WatcherState.RUNNING, WatcherState.CRASHED, 'in the middle');
    await arrived(control);
    expect(heard.map(({ generation }) => generation)).toEqual([2]);
    events.close();
  });
});

it('a death is told of when it is known why, also where the thread was ended before it could say so', async () => {
  const { view, control } = make();
  const observed: [WatcherState, string | undefined][] = [];
  const events = new ReloadEvents(view, { observe: (state) => observed.push([state, control.reason]) });
  // What another thread sees between the two steps of a move.
  control.moveState(WatcherState.RUNNING, WatcherState.CRASHED);
  await arrived(control);
  expect(observed.every(([state]) => state === WatcherState.RUNNING)).toBe(true);
  control.setReason('it was terminated');
  control.setReason('it was terminated twice');
  await arrived(control);
  expect(observed.filter(([state]) => state !== WatcherState.RUNNING)).toEqual([
    [WatcherState.CRASHED, 'it was terminated'],
  ]);
  events.close();
});
