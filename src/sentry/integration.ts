/**
 * The integration for Sentry's SDK. Runs in the thread that initializes it. Imports only types of the SDK: each entry point
 * passes the copy that its host uses.
 */
import type { Event, EventHint } from '@sentry/node';
import { logToStderr } from '../common/log.js';
import { readSettings } from '../common/settings.js';
import { type FlagAnswer, recording } from '../features/recording.js';
import { type OptionsStore, requireStore } from '../store/options-store.js';
import { findCurrentStore } from '../store/thread-store.js';
import { mergeFlags } from './flags.js';
import { ScopeRecorder } from './recorder.js';
import type { IsolationScope } from './scope-logs.js';
import { describeStore, type StoreContext } from './store-context.js';

/** The settings of {@link sentryOptionsIntegration}. All are optional. */
export interface SentryOptionsIntegrationOptions {
  /** The store that events describe. Default: this thread's store, from `init()` or `attach()`, when the error occurs. */
  store?: OptionsStore | undefined;
}

/** The part of Sentry's client that the integration uses. */
export interface SentryClient {
  /** Registers a hook. */
  on(hook: 'preprocessEvent', callback: (event: Event, hint?: EventHint) => void): unknown;
  /** Adds a function that every event passes through. */
  addEventProcessor(processor: (event: Event, hint: EventHint) => Event): void;
  /** Returns which SDK the client belongs to. */
  getSdkMetadata?(): { sdk?: { version?: string } } | undefined;
}

/** An integration, as `Sentry.init()` takes it. */
export interface SentryOptionsIntegration {
  /** The integration's name, by which Sentry knows it. */
  readonly name: 'SentryOptions';
  /** Starts to record the answers of flags. Sentry calls it. */
  setup(client: SentryClient): void;
  /** Adds to the client's events. Sentry calls it, after all other integrations are set up. */
  afterAllSetup(client: SentryClient): void;
}

/** What was live when an event was captured. */
interface Captured {
  readonly flags: readonly FlagAnswer[];
  readonly store: StoreContext | undefined;
}

const SUBJECT = 'The settings of sentryOptionsIntegration';
const NOTHING: Captured = { flags: [], store: undefined };

/** The part of Sentry's SDK that the integration needs. */
export interface SentrySdk {
  readonly getIsolationScope: () => IsolationScope;
  readonly SDK_VERSION: string;
}

/** Makes an integration for the host's copy of the SDK. Throws as the entry point does. */
export function makeIntegration(sdk: SentrySdk, options: unknown): SentryOptionsIntegration {
  const settings = readSettings<SentryOptionsIntegrationOptions>(SUBJECT, options, ['store']);
  const store = settings.store === undefined ? undefined : requireStore(settings.store);
  let hasFlags = false;
  /** By the hint of the event, the one object that stays the same. */
  const captured = new WeakMap<object, Captured>();
  return {
    name: 'SentryOptions',
    setup(client) {
      hasFlags = isOfCopy(client, sdk);
      if (hasFlags) recording.recorder ??= new ScopeRecorder(() => sdk.getIsolationScope());
    },
    afterAllSetup(client) {
      client.on('preprocessEvent', (event, hint) => {
        // Now, not when the event is sent: processors of the host may wait, and a reload may come in between.
        if (isError(event) && hint !== undefined) captured.set(hint, capture(store, hasFlags));
      });
      // After those of the other integrations, which would replace the flags.
      client.addEventProcessor((event, hint) => (isError(event) ? apply(event, captured.get(hint)) : event));
    },
  };
}

/** Errors and messages have no type. */
function isError(event: Event): boolean {
  return event.type === undefined;
}

/** Whether the client is of the SDK that was found here: copies of different versions do not share their scopes. */
function isOfCopy(client: SentryClient, { SDK_VERSION: found }: SentrySdk): boolean {
  const version = client.getSdkMetadata?.()?.sdk?.version;
  if (version === undefined || version === found) return true;
  logToStderr(
    'sentry-mismatch',
    `Sentry events carry no flags: Sentry ${version} runs, but sentry-options/sentry finds @sentry/node ${found}. ` +
      'Install the same version of both.',
  );
  return false;
}

function capture(store: OptionsStore | undefined, hasFlags: boolean): Captured {
  return {
    flags: (hasFlags && attempt(() => recording.recorder?.list())) || NOTHING.flags,
    store: attempt(() => {
      const described = store ?? findCurrentStore();
      return described && describeStore(described);
    }),
  };
}

function apply(event: Event, { flags, store }: Captured = NOTHING): Event {
  return attempt(() => addContexts(event, flags, store)) ?? event;
}

/** What the host has put into these contexts stays. */
function addContexts(event: Event, answers: readonly FlagAnswer[], store: StoreContext | undefined): Event {
  const flags = mergeFlags(event.contexts?.flags, answers);
  if (flags === undefined && store === undefined) return event;
  const contexts = {
    ...(store !== undefined && { sentry_options: { ...store } }),
    ...event.contexts,
    ...(flags !== undefined && { flags }),
  };
  // The types of contexts differ between versions of Sentry.
  return { ...event, contexts } as Event;
}

/** Returns undefined if `action` throws: an event without its context is better than none. */
function attempt<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch {
    // For example, the stack is nearly full.
    return undefined;
  }
}
