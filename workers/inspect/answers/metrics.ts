/** `GET /metrics`: status and use in Prometheus' text format, version 0.0.4, with the names that OpenTelemetry specifies. */
import type { ServerResponse } from 'node:http';
import { SnapshotUnreadableError } from '../../../src/common/errors.js';
import type { Usage } from '../../../src/status/usage.js';
import { LongAnswers } from '../parts.js';
import type { Subject } from '../subject.js';
import { formatMetrics } from './metrics-text.js';

const answers = new LongAnswers();

export function answerMetrics(subject: Subject, response: ServerResponse): Promise<void> {
  return answers.send(response, 'text/plain; version=0.0.4', () => {
    return formatMetrics(subject.status(), tryUsage(subject), subject.process);
  });
}

/** Returns what is used. Undefined if nothing is counted, or if other code has overwritten the names: the status has none. */
function tryUsage(subject: Subject): Usage | undefined {
  try {
    return subject.countsUsage ? subject.usage() : undefined;
  } catch (error) {
    if (error instanceof SnapshotUnreadableError) return undefined;
    throw error;
  }
}
