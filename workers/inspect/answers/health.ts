/**
 * Answers for scripts that wait for a start. Neither fails because a change was rejected: if somebody probes them after
 * all, a restart would not fix a file.
 */
import type { ServerResponse } from 'node:http';
import { sendJson } from '../respond.js';
import type { Subject } from '../subject.js';

/** `GET /healthz`: this thread lives, and answers. */
export function answerHealth(subject: Subject, response: ServerResponse): void {
  const { health, reason } = subject.status();
  sendJson(response, { health, reason });
}

/** `GET /readyz`: values are live. */
export function answerReady(subject: Subject, response: ServerResponse): void {
  const { health, generation } = subject.status();
  sendJson(response, { health, generation }, generation > 0 ? 200 : 503);
}
