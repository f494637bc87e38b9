/** The limits of a watcher in a process with enough memory. */
import { DEFAULT_LIMITS } from '../../src/files/values-limits.js';
import { MAX_PAYLOAD_BYTES } from '../../src/memory/cell/layout.js';
import type { LoadRequest } from '../../workers/values/request.js';

export const LIMITS: LoadRequest['limits'] = { ...DEFAULT_LIMITS, payloadBytes: MAX_PAYLOAD_BYTES };
