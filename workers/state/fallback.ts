/** Finds what a start serves instead of invalid values. Runs in the watcher thread. */
import type { InvalidValuesPolicy } from '../../src/config/state.js';
import type { FallbackStatus } from '../../src/status/record.js';
import type { Loaded } from '../values/results.js';
import { restoreKept } from './encode.js';
import type { Keeper } from './keeper.js';
import type { StateDirectory } from './storage.js';

/** What is needed to find it. */
interface Sources {
  readonly policy: InvalidValuesPolicy;
  /** Undefined without a state directory. */
  readonly state: StateDirectory | undefined;
  readonly keeper: Keeper | undefined;
  readonly loadDefaults: () => Loaded;
}

/** Returns what to serve; undefined if the start must fail. */
export function findFallback({
  policy,
  state,
  keeper,
  loadDefaults,
}: Sources): { readonly loaded: Loaded; readonly status: FallbackStatus } | undefined {
  if (policy === 'defaults') return { loaded: loadDefaults(), status: { kind: 'defaults', keptAt: null } };
  if (policy === 'throw' || state === undefined) return undefined;
  try {
    const kept = state.readSync();
    if (kept === undefined) return undefined;
    const { head, parts } = kept;
    keeper?.found(head.keptAt);
    return {
      loaded: {
        kind: 'loaded',
        payload: parts.payload,
        namespaces: restoreKept(head.namespaces),
        changes: new Map(),
      },
      status: { kind: 'lastGood', keptAt: head.keptAt },
    };
  } catch (error) {
    keeper?.warn(error);
    return undefined;
  }
}
