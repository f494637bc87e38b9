/** What the OFREP handler answers instead of flags. The texts repeat nothing that a client sent: answers are logged. */

/** Why a request, or a flag, has no answer. The codes are those of the protocol. */
export interface Failure {
  readonly status: number;
  readonly errorCode:
    | 'FLAG_NOT_FOUND'
    | 'GENERAL'
    | 'INVALID_CONTEXT'
    | 'PARSE_ERROR'
    | 'PROVIDER_NOT_READY'
    | 'TARGETING_KEY_MISSING';
  readonly errorDetails: string;
}

/** A flag that is not declared is the same as one that is not on the list. */
export const NOT_FOUND = makeFailure(404, 'FLAG_NOT_FOUND', 'There is no such flag for clients.');
export const CONTEXT_FAILED = makeFailure(400, 'INVALID_CONTEXT', 'The context is too large to be evaluated.');
export const NOT_READY = makeFailure(503, 'PROVIDER_NOT_READY', 'The service cannot read its flags yet.');
export const GENERAL = makeFailure(500, 'GENERAL', 'The service cannot evaluate its flags.');
export const NO_ROUTE = makeFailure(404, 'GENERAL', 'The path must be that of all flags, or of a flag.');
export const WRONG_KEY = makeFailure(400, 'PARSE_ERROR', 'The key in the path cannot be decoded.');
export const WRONG_TYPE = makeFailure(
  415,
  'PARSE_ERROR',
  'The body must be application/json in UTF-8, and not be compressed.',
);
export const TOO_LARGE = makeFailure(413, 'PARSE_ERROR', 'The body is too large.');
export const CUT_OFF = makeFailure(400, 'PARSE_ERROR', 'The body ended too early.');
export const NO_UTF8 = makeFailure(400, 'PARSE_ERROR', 'The body must be UTF-8.');
export const NO_JSON = makeFailure(400, 'PARSE_ERROR', 'The body must be JSON.');
export const NO_OBJECT = makeFailure(400, 'PARSE_ERROR', 'The body must be an object: { "context": { … } }.');
export const WRONG_CONTEXT = makeFailure(400, 'INVALID_CONTEXT', 'The context must be an object.');
export const TARGETING_KEY_INVALID = makeFailure(400, 'INVALID_CONTEXT', 'The targetingKey must be a string.');
export const TARGETING_KEY_MISSING = makeFailure(
  400,
  'TARGETING_KEY_MISSING',
  'The context has no targeting key, or none that this client may set.',
);

/** Thrown if a request has no answer. */
export class RequestError extends Error {
  readonly failure: Failure;

  constructor(failure: Failure) {
    super(failure.errorDetails);
    this.failure = failure;
  }
}

function makeFailure(status: number, errorCode: Failure['errorCode'], errorDetails: string): Failure {
  return { status, errorCode, errorDetails };
}
