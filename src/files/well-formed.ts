/** Lone surrogates. Pure: any thread may use it. */

const LONE_SURROGATE = /\p{Surrogate}/u;

/** Whether `text` has no lone surrogate, so that UTF-8 can say it. */
export function isWellFormed(text: string): boolean {
  return !LONE_SURROGATE.test(text);
}
