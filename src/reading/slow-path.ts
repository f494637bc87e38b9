/** Keeps the slow path of a read apart from its fast path. Runs in readers. */

/**
 * Returns `read` in a form that V8 never inlines.
 *
 * V8 inlines a function only as long as all that it has inlined into it is small. If a thread reads each option once
 * before it reads them again and again, V8 inlines the slow path of a read into the fast path, which is then too large
 * for the code that reads: each read is a call, and takes several times as long. A call of a proxy is slow as well, but
 * short beside what the slow path does.
 */
export function keepApart<Read extends (...args: never[]) => unknown>(read: Read): Read {
  return new Proxy(read, {});
}
