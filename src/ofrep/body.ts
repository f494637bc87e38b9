/** Reads the body of a request: JSON of a limited size. Runs in the thread that serves. */
import { CUT_OFF, NO_JSON, NO_OBJECT, NO_UTF8, RequestError, TOO_LARGE, WRONG_TYPE } from './failures.js';

/** The body of a request, as far as the protocol defines it. */
export interface RequestBody {
  /** Undefined if it is absent. */
  readonly context: unknown;
}

/**
 * Reads the body of `request`. Never reads more than `maxBytes` and one chunk of it.
 *
 * @throws {RequestError} if it is too large, or no JSON object
 */
export async function readBody(request: Request, maxBytes: number): Promise<RequestBody> {
  const { headers } = request;
  if (!isJson(headers.get('content-type')) || (headers.get('content-encoding') ?? 'identity') !== 'identity') {
    throw new RequestError(WRONG_TYPE);
  }
  // NaN if the header is absent or invalid; the count below decides in any case.
  if (Number(headers.get('content-length')) > maxBytes) throw new RequestError(TOO_LARGE);
  const body = parse(await readText(request, maxBytes));
  return { context: Object.hasOwn(body, 'context') ? body.context : undefined };
}

/** A type that no HTML form can send: a browser sends such a request to another site only if that site allows it. */
function isJson(type: string | null): boolean {
  return type !== null && /^application\/json *(?:; *charset="?utf-?8"? *)?$/i.test(type);
}

async function readText(request: Request, maxBytes: number): Promise<string> {
  const reader = request.body?.getReader();
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  try {
    for (let read = await reader?.read(); read?.done === false; read = await reader?.read()) {
      bytes += read.value.byteLength;
      if (bytes > maxBytes) break;
      chunks.push(read.value);
    }
  } catch {
    throw new RequestError(CUT_OFF);
  }
  if (bytes > maxBytes) {
    // Not awaited: the source may take its time, or fail.
    reader?.cancel().catch(() => {});
    throw new RequestError(TOO_LARGE);
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks));
  } catch {
    throw new RequestError(NO_UTF8);
  }
}

function parse(text: string): Readonly<Record<string, unknown>> {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    // Not the parser's message, which quotes the body.
    throw new RequestError(NO_JSON);
  }
  if (isRecord(body)) return body;
  throw new RequestError(NO_OBJECT);
}

/** Whether `value` is an object of JSON. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
