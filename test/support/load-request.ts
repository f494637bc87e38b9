/** Makes the arguments of a load from real files. */
import { join } from 'node:path';
import { loadSchemas } from '../../src/schema/load-schemas.js';
import { Guard } from '../../workers/values/guard.js';
import { LoadMemory } from '../../workers/values/load-memory.js';
import type { LoadRequest } from '../../workers/values/request.js';
import { Verdicts } from '../../workers/values/verdicts.js';
import { LIMITS } from './limits.js';

/** Makes the arguments of loads from a base directory. Each call has verdicts of its own. */
export function makeLoadRequest(directory: string, parts: Partial<LoadRequest> = {}): LoadRequest {
  const { schemas = loadSchemas({ directory: join(directory, 'schemas') }) } = parts;
  return {
    directory,
    schemas,
    redact: false,
    isolation: 'all',
    guard: new Guard('warn'),
    limits: LIMITS,
    verdicts: new Verdicts(),
    memory: new LoadMemory(),
    onFile() {},
    ...parts,
  };
}
