/** What the parts of one poller share. Runs in the watcher thread. */
import type { MessageLog } from '../report/message-log.js';
import type { Clock } from './clock.js';
import type { Freshness } from './freshness.js';
import type { Live } from './live.js';
import type { Files, PollerSettings, Sink } from './ports.js';

export interface PollerParts {
  readonly clock: Clock;
  readonly files: Files;
  readonly sink: Sink;
  readonly settings: PollerSettings;
  readonly messageLog: MessageLog;
  readonly freshness: Freshness;
  readonly live: Live;
}
