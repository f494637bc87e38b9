/** The time at which a thread's own code begins. Import this module before all others. */
export const begun = performance.timeOrigin + performance.now();
