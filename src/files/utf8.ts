/** Where bytes stop being UTF-8. Pure; runs in the watcher and in the command line. */

/** The text before the first byte that no UTF-8 has in its place. */
export function decodePrefix(bytes: Uint8Array): string {
  const attempt = (end: number): string | undefined => {
    try {
      // `stream`: a character that is cut by `end` is no fault, so the answer is the same for every longer prefix.
      return new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(0, end), { stream: true });
    } catch {
      return undefined;
    }
  };
  let text = '';
  let good = 0;
  for (let bad = bytes.length + 1; bad - good > 1; ) {
    const middle = (good + bad) >> 1;
    const decoded = attempt(middle);
    if (decoded === undefined) bad = middle;
    else [good, text] = [middle, decoded];
  }
  return text;
}
