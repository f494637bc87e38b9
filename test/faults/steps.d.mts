/** The ways to end the thread. */
export const WAYS: readonly string[];

/** All steps in the order of a reload, each with the values that readers have after it. */
export const STEPS: readonly { readonly name: string; readonly leaves: 'old' | 'new' }[];
