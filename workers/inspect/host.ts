/**
 * Opens the server that answers what is live. Its code is a string, which is evaluated only if the process is to be
 * asked; an error in that code ends the server and nothing else. Runs in the watcher thread.
 */
import { compileFunction } from 'node:vm';
import { describeThrown, type Log } from '../../src/common/log.js';
import type { StoreHandle } from '../../src/memory/handle.js';
import type { InspectData } from '../../src/watcher/protocol.js';

type ServerModule = typeof import('./server.js');

const FILE_NAME = 'sentry-options-inspect.js';

/** Evaluates the code of the server, and opens it on the store behind `handle`. Never rejects: that would end the thread. */
export async function openInspection(
  { settings, program, source }: InspectData,
  handle: StoreHandle,
  { log, onSocket }: { readonly log: Log; readonly onSocket: (path: string) => void },
): Promise<void> {
  try {
    const module = { exports: {} as ServerModule };
    compileFunction(source, ['module', 'require'], { filename: FILE_NAME })(module, process.getBuiltinModule);
    await module.exports.openServer({ settings, program, handle, log, onSocket });
  } catch (error) {
    log('inspect-off', `This process cannot be asked what is live: the server failed: ${describeThrown(error)}`);
  }
}
