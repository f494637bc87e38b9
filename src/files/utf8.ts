/** Finds where bytes stop being UTF-8. Pure; runs in the watcher and in the command line. */

/** Decodes the bytes before the first byte that is invalid in its place. */
export function decodePrefix(bytes: Uint8Array): string {
  const attempt = (end: number): string | undefined => {
    try {
      // `stream`: a character that `end` splits is valid. So if a prefix is invalid, every longer prefix is, too.
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
