/** Helpers for tests of the OpenFeature provider: a new domain for each, and the events that a client receives. */
import { type Client, OpenFeature, ProviderEvents } from '@openfeature/server-sdk';
import type { SentryOptionsProvider } from 'sentry-options/openfeature';
import { onTestFinished } from 'vitest';

/** An event as a client receives it. */
export interface ReceivedEvent {
  readonly event: ProviderEvents;
  readonly message?: string | undefined;
  readonly flagsChanged?: readonly string[] | undefined;
  readonly metadata?: Readonly<Record<string, unknown>> | undefined;
}

let domains = 0;

/** Returns an unused domain name, since all tests of a thread share the SDK. The test's end closes the provider. */
export function makeDomain(): string {
  onTestFinished(() => OpenFeature.clearProviders());
  domains++;
  return `domain-${domains}`;
}

/** Sets `provider` for a new domain, waits until it is ready, and returns a client. */
export async function createClient(provider: SentryOptionsProvider): Promise<Client> {
  const domain = makeDomain();
  await OpenFeature.setProviderAndWait(domain, provider);
  return OpenFeature.getClient(domain);
}

/** Collects the events of `client` and waits for the next one. */
export class Listener {
  readonly #events: ReceivedEvent[] = [];
  #arrived = () => {};

  constructor(client: Client) {
    for (const event of Object.values(ProviderEvents)) {
      client.addHandler(event as ProviderEvents.ConfigurationChanged, (details) => {
        const { message, flagsChanged, metadata } = details ?? {};
        this.#events.push({ event, message, flagsChanged, metadata });
        this.#arrived();
      });
    }
  }

  /** Takes the next event of that kind and drops all events before it. */
  async next(event: ProviderEvents): Promise<ReceivedEvent> {
    for (;;) {
      const place = this.#events.findIndex((other) => other.event === event);
      if (place >= 0) return this.#events.splice(0, place + 1).at(-1) as ReceivedEvent;
      await new Promise<void>((resolve) => {
        this.#arrived = resolve;
      });
    }
  }
}
