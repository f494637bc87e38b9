/** The answers of the OFREP handler: each a new Response. Pure. */
import { hash } from 'node:crypto';
import type { Failure } from './failures.js';

/** The answer of one flag. */
export interface FlagAnswer {
  readonly key: string;
  readonly value: boolean;
  readonly reason: string;
}

const METHODS = { allow: 'OPTIONS, POST' };
/** No cache may keep the answer of one client for another one. A browser must not guess another type than JSON. */
const HEADERS = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' };
const JSON_HEADERS = { ...HEADERS, 'content-type': 'application/json' };
/** Seconds until a client asks again if this thread has no store yet. */
const RETRY_AFTER = '5';
/** The most characters of a key that an answer repeats: it comes from the client, and may be of any length. */
const MAX_KEY_LENGTH = 256;

/** Answers the evaluation of one flag. */
export function answerFlag(answer: FlagAnswer): Response {
  return new Response(JSON.stringify(answer), { headers: JSON_HEADERS });
}

/** Answers the evaluation of all flags; without a body if the client has the same answer already. */
export function answerFlags(flags: readonly (FlagAnswer | FlagFailure)[], request: Request): Response {
  const body = JSON.stringify({ flags });
  const etag = makeETag(body);
  if (isKnown(request.headers.get('if-none-match'), etag)) {
    return new Response(null, { status: 304, headers: { ...HEADERS, etag } });
  }
  return new Response(body, { headers: { ...JSON_HEADERS, etag } });
}

/** The failure of one flag among others. */
export type FlagFailure = { readonly key: string } & Omit<Failure, 'status'>;

/** Answers a request that fails. `key`: of the flag, if the request is for one. */
export function answerFailure({ status, ...failure }: Failure, key: string | undefined): Response {
  const body = key === undefined ? failure : { key: key.slice(0, MAX_KEY_LENGTH), ...failure };
  const retry = status === 503 ? { 'retry-after': RETRY_AFTER } : {};
  return new Response(JSON.stringify(body), { status, headers: { ...JSON_HEADERS, ...retry } });
}

/** Answers OPTIONS, and methods that the protocol does not have. */
export function answerOtherMethod(method: string): Response {
  return new Response(null, { status: method === 'OPTIONS' ? 204 : 405, headers: { ...HEADERS, ...METHODS } });
}

/**
 * Makes the ETag of a body. From nothing but what the client receives anyway: neither from the rules, nor from the
 * context, which somebody who sees the ETag could guess. So all processes with the same answers have the same ETag.
 */
function makeETag(body: string): string {
  return `"${hash('sha256', body, 'base64url')}"`;
}

/** Whether `header`, a list of ETags, has `etag`. Caches mark an ETag as weak if they compress the body. */
function isKnown(header: string | null, etag: string): boolean {
  return header?.split(',').some((each) => each.trim().replace(/^W\//, '') === etag) === true;
}
