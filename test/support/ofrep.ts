/** A store with flags that have secrets in their rules, and requests for them by the protocol. */
import type { Feature } from 'sentry-options';
import type { OfrepHandler } from 'sentry-options/ofrep';
import { enabledWhen, rolloutTo } from 'sentry-options/testing';
import { expect } from 'vitest';
import { integer, patternSchema } from './base.js';
import { FLAG } from './flags.js';

/** What no answer may have: names and values of rules, owners, flags that are not on the list. */
export const SECRETS = ['secret', 'example.com', 'staff', 'team-', 'segment', 'rollout', 'bucket', 'owner', 'created'];

/** The flags that clients may ask for. */
export const ALLOWED = ['checkout', 'half', 'off', 'disabled', 'unset', 'a/b é'];

const ABOUT = { owner: { team: 'team-secret', email: 'secret-owner@example.com' }, created_at: '2026-01-01' };
const STAFF = { property: 'email', operator: 'matches', value: ['*@secret.example.com'] } as const;
const PAYING = { property: 'plan', operator: 'in', value: ['secret-plan'] } as const;

/** Returns the flag with an owner, and segments whose names are secrets. */
function seal(flag: Feature): Feature {
  const segments = flag.segments.map((segment) => ({ ...segment, name: `staff-secret-${segment.name}` }));
  return { ...flag, ...ABOUT, segments };
}

/** The values: a flag for each answer, and one that is not on the list. */
export const FLAGS = {
  'feature.checkout': seal(enabledWhen(STAFF)),
  'feature.half': seal(rolloutTo(50)),
  'feature.off': seal(enabledWhen(PAYING, { rollout: 0 })),
  'feature.disabled': { ...seal(enabledWhen(STAFF)), enabled: false },
  'feature.a/b é': seal(rolloutTo(100)),
  'feature.secret-launch': seal(rolloutTo(100)),
} satisfies Record<string, Feature>;

/** A schema that lists these flags, and one that declares them by pattern. */
export const SCHEMAS = {
  shop: {
    version: '1.0',
    type: 'object',
    properties: {
      size: integer(1),
      'feature.unset': FLAG,
      ...Object.fromEntries(Object.keys(FLAGS).map((key) => [key, FLAG])),
    },
  },
  open: JSON.parse(patternSchema({ size: integer(1) })),
};

export const URL_OF_FLAGS = 'http://localhost/ofrep/v1/evaluate/flags';

/** Makes a request by the protocol. `body`: an object for JSON, or the text itself. `key`: the flag's, encoded. */
export function makeRequest(body: unknown, key?: string, headers: Record<string, string> = {}): Request {
  return new Request(key === undefined ? URL_OF_FLAGS : `${URL_OF_FLAGS}/${key}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
}

/** What a client receives. */
export interface Received {
  readonly status: number;
  readonly body: unknown;
  readonly etag: string | null;
  readonly headers: Headers;
}

/** Sends a request to a handler. No answer may have a secret. */
export async function ask<Args extends readonly unknown[]>(
  handle: OfrepHandler<Args>,
  request: Request,
  ...args: Args
): Promise<Received> {
  return await receive(await handle(request, ...args));
}

/** Reads a response, which may have no secret. */
export async function receive(response: Response): Promise<Received> {
  const text = await response.text();
  const { status, headers } = response;
  const all = JSON.stringify([text, [...headers]]);
  for (const secret of SECRETS) expect(all).not.toContain(secret);
  return { status, body: text === '' ? undefined : JSON.parse(text), etag: headers.get('etag'), headers };
}
