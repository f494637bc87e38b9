/** `GET /events`: an event after each change of the status, as server-sent events (the HTML standard, section 9.2). */
import type { ServerResponse } from 'node:http';
import { clearInterval, setInterval } from '../../../src/common/host-time.js';
import { begin } from '../respond.js';
import type { Subject } from '../subject.js';

/** How often a comment is sent, in milliseconds, so that both ends notice a lost connection. */
const COMMENT_MS = 15_000;
/** The most bytes that wait for a client. One that does not read loses its connection. */
const MAX_WAITING = 64 * 2 ** 10;

export function answerEvents(subject: Subject, response: ServerResponse): void {
  begin(response, 200, 'text/event-stream');
  if (response.req.method === 'HEAD') {
    response.end();
    return;
  }
  // Otherwise, the connection ends if nothing changes for five seconds.
  response.socket?.setTimeout(0);
  const write = (text: string): void => {
    if (response.writableLength > MAX_WAITING) response.destroy();
    else response.write(text);
  };
  let last = '';
  const sendStatus = (): void => {
    const { generation, health, rejectedReloads } = subject.status();
    const data = JSON.stringify({ generation, health, rejectedReloads });
    // A signal may have another reason, such as a question to all threads.
    if (data !== last) write(`event: update\ndata: ${data}\n\n`);
    last = data;
  };
  const stop = subject.onChange(sendStatus);
  const timer = setInterval(() => write(': still here\n\n'), COMMENT_MS);
  timer.unref();
  response.on('close', () => {
    stop();
    clearInterval(timer);
  });
  sendStatus();
}
