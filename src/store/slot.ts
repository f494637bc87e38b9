/**
 * The store of a realm, as all copies of the library in that realm find it: on the global object, as plain data. Each
 * copy opens the store with its own code. Runs in any thread. Must not reach `schema/` or `files/`.
 */
import { types } from 'node:util';
import { ConfigError, HandleVersionError } from '../common/errors.js';
import { LAYOUT_VERSION } from '../memory/cell/layout.js';
import { checkHandle, type StoreHandle } from '../memory/handle.js';
import type { Live, Overrides, Shared } from '../view/live.js';

/** What a copy of the library writes for the others. */
export interface Slot {
  readonly handle: StoreHandle;
  readonly shared: Shared;
}

/**
 * A registered symbol, so that all copies find the same property. Its number covers the memory and the handle, and the
 * suffix the properties of {@link Slot} and {@link Shared}: copies that differ in either do not find each other's slots.
 */
const SLOT = Symbol.for(`sentry-options/store@${LAYOUT_VERSION}.2`);

const realm = globalThis as { [SLOT]?: Slot | undefined };

/** Returns the slot of this realm, unchecked. */
export function findSlot(): Slot | undefined {
  return realm[SLOT];
}

/** Replaces the slot of this realm. */
export function setSlot(slot: Slot | undefined): void {
  realm[SLOT] = slot;
}

/**
 * Checks a slot that another copy of the library may have written. Whatever it is, throws no other error.
 *
 * @throws {HandleVersionError | ConfigError} if it is not one
 */
export function checkSlot(slot: Slot): Slot {
  let shared: unknown;
  let handle: unknown;
  try {
    ({ handle, shared } = slot);
    if (isShared(shared)) return { handle: checkHandle(handle), shared };
  } catch (error) {
    if (error instanceof ConfigError || error instanceof HandleVersionError) throw error;
    // Not an object, or a getter or a proxy that throws.
  }
  throw new ConfigError(
    `Other code has overwritten the store of this thread, globalThis[${String(SLOT)}]. Do not change it.`,
    { key: 'handle' },
  );
}

/** Not by `instanceof`: another realm may have made the parts. */
function isShared(value: unknown): value is Shared {
  const { overrides, lives } = value as Shared;
  return overrides.every(isOverrides) && lives.every(isLive) && Array.isArray(overrides) && Array.isArray(lives);
}

function isOverrides({ get, visible }: Overrides): boolean {
  return typeof get === 'function' && typeof visible === 'function';
}

function isLive({ word, adopted, published, isReleased }: Live): boolean {
  const hasWords = types.isInt32Array(word) && types.isInt32Array(published);
  return hasWords && typeof adopted === 'number' && typeof isReleased === 'boolean';
}
