/**
 * The store of a realm, as all copies of the library in that realm find it: on the global object, as plain data. Each
 * copy opens the store with its own code. Runs in any thread. Must not reach `schema/` or `files/`.
 */
import { LAYOUT_VERSION } from '../memory/cell/layout.js';
import { checkHandle, type StoreHandle } from '../memory/handle.js';
import type { Shared } from './live.js';

/** What a copy of the library writes for the others. */
export interface Slot {
  readonly handle: StoreHandle;
  readonly shared: Shared;
}

/**
 * A registered symbol, so that all copies find the same property. Its number covers the memory and the handle, and the
 * suffix the properties of {@link Slot} and {@link Shared}: copies that differ in either do not find each other's slots.
 */
const SLOT = Symbol.for(`sentry-options/store@${LAYOUT_VERSION}.1`);

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
 * Checks a slot that another copy of the library may have written.
 *
 * @throws {HandleVersionError | ConfigError} if its handle is not one
 */
export function checkSlot({ handle, shared }: Slot): Slot {
  return { handle: checkHandle(handle), shared };
}
