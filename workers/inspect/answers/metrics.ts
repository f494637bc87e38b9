/** `GET /metrics`: the status in Prometheus' text format, version 0.0.4, with the names that OpenTelemetry specifies. */
import type { ServerResponse } from 'node:http';
import { send } from '../respond.js';
import type { Subject } from '../subject.js';
import { formatMetrics } from './metrics-text.js';

export function answerMetrics(subject: Subject, response: ServerResponse): void {
  send(response, 200, 'text/plain; version=0.0.4', formatMetrics(subject.status(), subject.process));
}
