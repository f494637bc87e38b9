/**
 * One poll: probe the files, load, publish, report. Runs in the watcher thread. Pure: the caller passes in the clock,
 * the files and the sink, so that a test controls all of them.
 */
import { EMPTY_STATUS_RECORD, type StateStatus, type StatusRecord } from '../../src/status/record.js';
import { MessageLog } from '../report/message-log.js';
import { describeGoneVolumes, findGoneVolumes } from '../values/gone-volumes.js';
import type { Published } from '../values/results.js';
import type { Clock } from './clock.js';
import { FirstLoad } from './first-load.js';
import { Freshness } from './freshness.js';
import { Live } from './live.js';
import { loadFiles, probeFiles } from './load.js';
import { Outcomes } from './outcomes.js';
import type { PollerParts } from './parts.js';
import type { Files, PollerSettings, Sink } from './ports.js';

/** Runs polls, and keeps what the next poll needs from the last one. */
export class Poller {
  readonly #parts: PollerParts;
  readonly #outcomes: Outcomes;
  #areMountsChecked = false;

  constructor(clock: Clock, files: Files, sink: Sink, settings: PollerSettings) {
    const messageLog = new MessageLog(sink.log, settings.valuesDirectory);
    const live = new Live(clock, sink, { ...EMPTY_STATUS_RECORD, state: settings.state ?? null });
    this.#parts = { clock, files, sink, settings, messageLog, freshness: new Freshness(), live };
    this.#outcomes = new Outcomes(this.#parts);
  }

  /**
   * Runs the first load and publishes generation 1; from the defaults if the values directory does not exist. If the
   * values are invalid, publishes what the settings say instead.
   *
   * @throws {ValuesError | SnapshotTooLargeError} if the watcher cannot publish the values on disk
   */
  async start(): Promise<void> {
    const mustPoll = await new FirstLoad(this.#parts, this.#outcomes).run();
    // As if requested: the error is logged already.
    if (mustPoll) await this.poll(true);
    this.#outcomes.endStart();
    this.#checkMounts();
  }

  /**
   * Continues from values that another thread has published as generation 1, with the status `record`. Runs the first poll,
   * which finds the same bytes, or publishes generation 2.
   */
  async takeOver(published: Published, record: StatusRecord): Promise<void> {
    const { messageLog, live } = this.#parts;
    live.takeOver(published, record);
    messageLog.published(new Map(), published.namespaces);
    await this.poll(false);
    this.#outcomes.endStart();
    live.writeStatus();
  }

  /**
   * Runs one poll: reloads if the probe shows a change.
   *
   * @param isRequested whether a thread requested the poll; that thread throws a rejection, so it is not logged
   * @param accepts whether a thread accepts values that are suspicious
   */
  async poll(isRequested: boolean, accepts = false): Promise<void> {
    const { clock, settings, freshness, live } = this.#parts;
    live.verify(isRequested);
    probeFiles(this.#parts);
    // What was held back is loaded again to be accepted, although it has not changed.
    if (freshness.isSettled && !accepts) {
      if (!this.#areMountsChecked) this.#checkMounts();
      return;
    }
    const startedAt = clock.monotonicTime();
    const result = await loadFiles(this.#parts, accepts);
    switch (result.kind) {
      case 'unsettled':
        // The old values stay, and the next poll loads again.
        return;
      case 'unavailable':
        // Nothing is known about the files: the next poll loads again, even if they do not change.
        this.#outcomes.reportUnavailable(result, isRequested);
        break;
      case 'no-directory':
        // Not settled either: permissions of a directory change without a change of the signature.
        this.#outcomes.reportUnreadable(result.reason);
        break;
      case 'invalid':
      case 'too-large':
        this.#outcomes.reject(result, isRequested, startedAt);
        break;
      case 'unchanged':
      case 'loaded': {
        const gone = findGoneVolumes(live.published.namespaces, result.namespaces);
        if (gone.length > 0) {
          const names = gone.map(({ namespace }) => namespace);
          this.#outcomes.reportUnreadable(describeGoneVolumes(settings.valuesDirectory, gone), names);
          break;
        }
        const isNew = result.kind === 'loaded';
        const rejection = isNew
          ? this.#outcomes.publish(result, startedAt, isRequested)
          : this.#outcomes.accept(result, startedAt, isRequested);
        if (rejection === undefined) live.offer();
        else this.#outcomes.reject(rejection, isRequested, startedAt);
        break;
      }
    }
    this.#checkMounts();
  }

  /** Notes what the status says of the last good values in the state directory. */
  noteState(state: StateStatus): void {
    this.#parts.live.update({ state });
  }

  /** Checks the mounts. Runs after each load, since mounts change together with the files, and after its messages. */
  #checkMounts(): void {
    const { files, messageLog, live } = this.#parts;
    const mountWarnings = files.mountWarnings(live.record.mountWarnings);
    this.#areMountsChecked = mountWarnings !== undefined;
    if (mountWarnings === undefined) return;
    if (mountWarnings.join('\n') !== live.record.mountWarnings.join('\n')) live.update({ mountWarnings });
    messageLog.mounts(mountWarnings);
  }
}
