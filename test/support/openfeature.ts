/** OpenFeature's SDK on a provider, for tests: a domain of its own for each, and the events that its client hears. */
import { type Client, OpenFeature, ProviderEvents } from '@openfeature/server-sdk';
import type { SentryOptionsProvider } from 'sentry-options/openfeature';
import { onTestFinished } from 'vitest';

/** An event as a client hears it. */
export interface HeardEvent {
  readonly event: ProviderEvents;
  readonly message?: string | undefined;
  readonly flagsChanged?: readonly string[] | undefined;
  readonly metadata?: Readonly<Record<string, unknown>> | undefined;
}

let domains = 0;

/** A name that no other test uses: the SDK is one for the whole thread. The test's end closes its provider. */
export function newDomain(): string {
  onTestFinished(() => OpenFeature.clearProviders());
  domains++;
  return `domain-${domains}`;
}

/** Sets `provider` for a domain of its own, waits until it is ready, and returns a client of it. */
export async function clientOf(provider: SentryOptionsProvider): Promise<Client> {
  const domain = newDomain();
  await OpenFeature.setProviderAndWait(domain, provider);
  return OpenFeature.getClient(domain);
}

/** Collects what `client` hears, and waits for it. */
export class Listener {
  readonly heard: HeardEvent[] = [];
  #arrived = () => {};

  constructor(client: Client) {
    for (const event of Object.values(ProviderEvents)) {
      client.addHandler(event as ProviderEvents.ConfigurationChanged, (details) => {
        const { message, flagsChanged, metadata } = details ?? {};
        this.heard.push({ event, message, flagsChanged, metadata });
        this.#arrived();
      });
    }
  }

  /** The next event of that kind that is not taken yet; those that were heard before it are dropped. */
  async next(event: ProviderEvents): Promise<HeardEvent> {
    for (;;) {
      const place = this.heard.findIndex((other) => other.event === event);
      if (place >= 0) return this.heard.splice(0, place + 1).at(-1) as HeardEvent;
      await new Promise<void>((resolve) => {
        this.#arrived = resolve;
      });
    }
  }
}
