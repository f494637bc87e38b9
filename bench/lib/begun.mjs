/** The moment at which a thread's own code begins, for what is imported after this. */
export const begun = performance.timeOrigin + performance.now();
