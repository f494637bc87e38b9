/** Builds the context of an evaluation from what the client says and what the service knows. Pure. */
import { ContextLimitError } from '../features/context-limits.js';
import { copyContext, type MutableContextData } from '../features/copy-context.js';
import { FeatureContext } from '../features/feature-context.js';
import { isRecord } from './body.js';
import { isFromClient, type ResolvedOfrepConfig, TARGETING_KEY } from './config.js';
import {
  CONTEXT_FAILED,
  RequestError,
  TARGETING_KEY_INVALID,
  TARGETING_KEY_MISSING,
  WRONG_CONTEXT,
} from './failures.js';

/**
 * Builds a context.
 *
 * @param claimed the context that the client sent, in which nothing is true because the client says it
 * @param known what the setting `context` returned
 * @throws {RequestError} if what the client sent is invalid, or there is no identity
 * @throws whatever `known` throws when it is read
 */
export function buildContext(claimed: unknown, known: object | undefined, config: ResolvedOfrepConfig): FeatureContext {
  const data = readClaims(claimed, config);
  // Also properties that are undefined: a client must not fill in what the service knows to be absent.
  if (known !== undefined) Object.assign(data, copyContext(known));
  const { identityFields } = config;
  if (!identityFields.some((field) => isIdentity(data[field]))) {
    throw new RequestError(TARGETING_KEY_MISSING);
  }
  return new FeatureContext(data, { identityFields });
}

function readClaims(claimed: unknown = {}, config: ResolvedOfrepConfig): MutableContextData {
  if (!isRecord(claimed)) throw new RequestError(WRONG_CONTEXT);
  const key = readOwn(claimed, TARGETING_KEY);
  if (key !== undefined && typeof key !== 'string') {
    throw new RequestError(TARGETING_KEY_INVALID);
  }
  const { clientProperties, targetingKeyProperty } = config;
  const names = clientProperties === 'all' ? Object.keys(claimed) : clientProperties;
  const allowed: Record<string, unknown> = Object.create(null);
  for (const name of names) if (Object.hasOwn(claimed, name)) allowed[name] = claimed[name];
  delete allowed[TARGETING_KEY];
  const data = tryCopy(allowed);
  if (isFromClient(config, targetingKeyProperty)) data[targetingKeyProperty] ??= key;
  return data;
}

function tryCopy(allowed: object): MutableContextData {
  try {
    return copyContext(allowed);
  } catch (error) {
    if (error instanceof ContextLimitError) throw new RequestError(CONTEXT_FAILED);
    throw error;
  }
}

function readOwn(object: Readonly<Record<string, unknown>>, name: string): unknown {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

function isIdentity(value: unknown): boolean {
  return value !== undefined && value !== null && value !== '';
}
