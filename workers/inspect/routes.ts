/** Finds the answer to a request. Runs in the watcher thread. Nothing can be changed through it. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { SnapshotUnreadableError } from '../../src/common/errors.js';
import type { InspectSettings } from '../../src/config/inspect.js';
import type { HistoryAnswer, StatusAnswer } from '../../src/status/answers.js';
import { answerEvents } from './answers/events.js';
import { answerExplain } from './answers/explain.js';
import { answerHealth, answerReady } from './answers/health.js';
import { answerMetrics } from './answers/metrics.js';
import { answerPage } from './answers/page.js';
import { answerUsage } from './answers/usage.js';
import { answerValues } from './answers/values.js';
import { isAllowedHost } from './host-header.js';
import { RequestError, readJson, sendJson } from './respond.js';
import type { Subject } from './subject.js';

/** What an answer gets. */
interface Asked {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly query: URLSearchParams;
}

interface Route {
  readonly method: 'GET' | 'POST';
  answer(subject: Subject, asked: Asked): void | Promise<void>;
}

/** By path. A `Map`: a path may be `/__proto__`. */
const ROUTES: ReadonlyMap<string, Route> = new Map<string, Route>([
  ['/status', get((subject, { response }) => sendJson(response, describe(subject)))],
  ['/values', get((subject, { response, query }) => answerValues(subject, response, query.get('namespace')))],
  [
    '/history',
    get(({ history }, { response }) => sendJson(response, { reloads: history.list() } satisfies HistoryAnswer)),
  ],
  ['/usage', get((subject, { response }) => answerUsage(subject, response))],
  ['/threads', get(async (subject, { response }) => sendJson(response, await subject.threads.answer(subject.view)))],
  ['/metrics', get((subject, { response }) => answerMetrics(subject, response))],
  ['/healthz', get((subject, { response }) => answerHealth(subject, response))],
  ['/readyz', get((subject, { response }) => answerReady(subject, response))],
  ['/events', get((subject, { response }) => answerEvents(subject, response))],
  ['/', get((_, { response }) => answerPage(response))],
  [
    '/explain',
    {
      method: 'POST',
      async answer(subject, { request, response }) {
        sendJson(response, answerExplain(subject, await readJson(request)));
      },
    },
  ],
]);

function get(answer: Route['answer']): Route {
  return { method: 'GET', answer };
}

function describe(subject: Subject): StatusAnswer {
  return { process: subject.process, status: subject.status(), showsValues: subject.showsValues };
}

/** Answers a request. Rejects only if the answer has begun. */
export async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  subject: Subject,
  settings: InspectSettings,
): Promise<void> {
  try {
    const { host = '' } = request.headers;
    if (!isAllowedHost(host, settings)) {
      throw new RequestError(
        403,
        `The host ${JSON.stringify(host.slice(0, 200))} is not allowed. Add it to inspect.hosts.`,
      );
    }
    // Relative to any base: a request may name another one.
    const url = new URL(request.url ?? '/', 'http://localhost');
    const route = ROUTES.get(url.pathname);
    if (route === undefined) {
      throw new RequestError(
        404,
        `There is no ${url.pathname.slice(0, 200)}. There are ${[...ROUTES.keys()].join(', ')}.`,
      );
    }
    const { method = '' } = request;
    if (method !== route.method && !(method === 'HEAD' && route.method === 'GET')) {
      const allowed = route.method === 'GET' ? 'GET, HEAD' : route.method;
      throw new RequestError(405, `${url.pathname} answers ${allowed} only.`, { allow: allowed });
    }
    await route.answer(subject, { request, response, query: url.searchParams });
  } catch (error) {
    const known = toRequestError(error);
    if (known === undefined || response.headersSent) throw error;
    for (const [name, value] of Object.entries(known.headers)) response.setHeader(name, value);
    sendJson(response, { error: known.message }, known.status);
  }
}

function toRequestError(error: unknown): RequestError | undefined {
  if (error instanceof RequestError) return error;
  if (error instanceof SnapshotUnreadableError) return new RequestError(503, error.message);
  // `new URL` with a path such as `//`.
  if ((error as { code?: unknown } | null)?.code === 'ERR_INVALID_URL')
    return new RequestError(400, 'The path is no path.');
  return undefined;
}
