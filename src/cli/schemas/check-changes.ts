/**
 * Checks two versions of the schemas and compares them, within a limit of memory and time. Runs in the command line's
 * main thread.
 *
 * Others write these schemas: a small file can become a large tree, or thousands of validators. A thread with a limited
 * heap ends instead of the machine's memory.
 */
import { Worker } from 'node:worker_threads';
import type { Deadline, GitLimits } from '../git/limits.js';
import { LIMIT_VARIABLES } from '../git/limits.js';
import { CommandError, CommandErrors } from '../terminal/errors.js';
import { type ChangeReport, type CheckResult, compareSchemas } from './change-report.js';
import type { CommittedSchema } from './committed.js';

/** The heap of the thread, in MiB, for each MiB that the schemas of a commit may have; the least, and the most. */
const HEAP_PER_SIZE = 20;
const MIN_HEAP = 80;
const MAX_HEAP = 16_384;

/** Up to this size of all schemas, in bytes, the main thread does the work: it needs less memory than a thread. */
const SMALL = 64 * 1024;

/**
 * Compares the schemas of two versions, the older one first.
 *
 * @param names the repository or its services: the names of its namespaces begin with one of these
 * @throws {CommandErrors} if a schema is invalid; with all issues of all versions
 * @throws {CommandError} if the work exceeds a limit
 */
export async function checkChanges(
  versions: readonly (readonly CommittedSchema[])[],
  names: readonly string[],
  deadline: Deadline,
  limits: GitLimits,
): Promise<ChangeReport> {
  const sizes = versions.flat().map(({ source }) => ('issue' in source ? 0 : source.length));
  const isSmall = sizes.reduce((sum, size) => sum + size, 0) <= SMALL;
  const result = isSmall ? compareSchemas(versions, names) : await runThread({ versions, names }, deadline, limits);
  if ('messages' in result) throw new CommandErrors(result.messages);
  return result;
}

/** What the thread receives. */
export interface CheckRequest {
  readonly versions: readonly (readonly CommittedSchema[])[];
  readonly names: readonly string[];
}

async function runThread(request: CheckRequest, deadline: Deadline, limits: GitLimits): Promise<CheckResult> {
  const heap = Math.min(MAX_HEAP, Math.max(MIN_HEAP, Math.ceil(limits.schemas * HEAP_PER_SIZE)));
  const thread = new Worker(new URL('./cli-check-thread.js', import.meta.url), {
    workerData: request,
    resourceLimits: { maxOldGenerationSizeMb: heap, maxYoungGenerationSizeMb: 8 },
  });
  let timer: NodeJS.Timeout | undefined;
  try {
    return await new Promise((resolve, reject) => {
      timer = setTimeout(() => {
        reject(
          new CommandError(
            'the schemas of these commits take too long to check. Make them smaller, or raise ' +
              `${LIMIT_VARIABLES.seconds} (seconds)`,
          ),
        );
      }, deadline.left);
      thread.on('message', resolve);
      thread.on('error', (error: NodeJS.ErrnoException) => {
        const isMemory = error.code === 'ERR_WORKER_OUT_OF_MEMORY';
        reject(
          isMemory
            ? new CommandError(
                `the schemas of these commits need more than ${heap} MiB of memory. ` +
                  `Make them smaller, or raise ${LIMIT_VARIABLES.schemas} (MiB)`,
                { cause: error },
              )
            : error,
        );
      });
    });
  } finally {
    clearTimeout(timer);
    await thread.terminate();
  }
}
