/** Middleware and hook: one generation of the options for each request, and what its log says about it. */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { EvaluationDetails, FlagValue, Hook, HookContext } from '@openfeature/server-sdk';
import { pinoHttp } from 'pino-http';
import { type OptionTypes, type OptionValues, snapshot } from 'sentry-options';

interface Logged {
  generation: number;
  flags: Record<string, unknown>;
}

declare module 'node:http' {
  interface IncomingMessage {
    options: OptionValues<OptionTypes['shop']>;
    logged?: Logged;
  }
}

const current = new AsyncLocalStorage<Logged>();

/** Logs a request when it ends. */
export const logRequest = pinoHttp({
  customProps: ({ logged }) => ({ ...logged }),
  autoLogging: { ignore: ({ url }) => url === '/healthz' },
});

/** Pins one generation for the whole request, also after an `await` during which new values arrive. */
export function pinOptions(request: IncomingMessage, _response: ServerResponse, next: () => void): void {
  const pinned = snapshot();
  request.options = pinned.namespace('shop').values;
  request.logged = { generation: pinned.generation, flags: {} };
  current.run(request.logged, next);
}

/** Records each flag that a request evaluates. OpenFeature reads the newest values, so each has its own generation. */
export class LogFlags implements Hook {
  finally({ flagKey }: HookContext, { value, flagMetadata }: EvaluationDetails<FlagValue>): void {
    const logged = current.getStore();
    if (logged !== undefined) logged.flags[flagKey] = { value, generation: flagMetadata.generation };
  }
}
