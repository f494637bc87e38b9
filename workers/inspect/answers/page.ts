/** `GET /`: the page, which asks for the other answers. */
import type { ServerResponse } from 'node:http';
import getPage from 'inspect-page';
import { send } from '../respond.js';

export function answerPage(response: ServerResponse): void {
  const { html, contentSecurityPolicy } = getPage();
  send(response, 200, 'text/html', html, { 'content-security-policy': contentSecurityPolicy });
}
