/** Initializes Sentry's own SDK in the thread of a test, and collects what it would send. */
import * as Sentry from '@sentry/node';
import { sentryOptionsIntegration } from 'sentry-options/sentry';

/** An event as it would arrive at Sentry. */
export interface SentEvent {
  readonly type?: string;
  readonly message?: string;
  readonly contexts: {
    readonly flags?: { readonly values: readonly { readonly flag: string; readonly result: boolean }[] };
    readonly sentry_options?: {
      readonly generation: number;
      readonly readGeneration?: number;
      readonly appliedAt: string | null;
      readonly health: string;
      readonly values: Readonly<Record<string, string | null>>;
      readonly omitted?: number;
    };
  };
}

/** All envelopes, as texts. */
const envelopes: string[] = [];

/** Initializes the SDK with the integration, and with `options`. Its transport keeps what it gets. */
export function initSentry(options: Sentry.NodeOptions = {}): void {
  Sentry.init({
    dsn: 'http://public@127.0.0.1:9/1',
    tracesSampleRate: 1,
    traceLifecycle: 'static',
    // They drop an event that equals the last one, and read files.
    defaultIntegrations: false,
    integrations: [sentryOptionsIntegration()],
    transport: (settings) =>
      Sentry.createTransport(settings, async ({ body }) => {
        envelopes.push(typeof body === 'string' ? body : Buffer.from(body).toString());
        return { statusCode: 200 };
      }),
    ...options,
  });
}

/** Returns the events that were sent since the last call, oldest first. */
export async function takeEvents(): Promise<SentEvent[]> {
  await Sentry.flush();
  const taken = envelopes.splice(0);
  return taken.flatMap((envelope) => {
    const [, ...lines] = envelope.split('\n').filter((line) => line !== '');
    return lines
      .filter((_, index) => index % 2 === 1)
      .map((line) => JSON.parse(line))
      .filter((item) => 'event_id' in item);
  });
}

/** Captures a message and returns its event. */
export async function captureEvent(message = 'captured'): Promise<SentEvent> {
  Sentry.captureMessage(message);
  const [event, ...more] = await takeEvents();
  if (event === undefined || more.length > 0) throw new Error(`Sentry must send one event; got ${more.length + 1}`);
  return event;
}

/** Returns the flags of an event as texts, `namespace/name=true`; undefined if it has none. */
export function flagsOf({ contexts }: SentEvent): string[] | undefined {
  return contexts.flags?.values.map(({ flag, result }) => `${flag}=${result}`);
}
