/** How the thread ends. */
export const WAYS: readonly string[];

/** All steps, in the order in which a reload takes them, with what readers have after each. */
export const STEPS: readonly { readonly name: string; readonly leaves: 'old' | 'new' }[];
