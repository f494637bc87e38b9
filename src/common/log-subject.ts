/** Finds what messages are about, for the fields of loggers. Pure; any thread may import it. */
import { IssuesError, OptionsError } from './errors.js';
import type { LogSubject } from './host-logger.js';

/** Returns the namespace and the file of an error; those of its issues, if all of them have the same. */
export function findErrorSubject(error: unknown): LogSubject {
  if (!(error instanceof OptionsError)) return {};
  if (!(error instanceof IssuesError)) return { namespace: error.namespace, file: error.file };
  return {
    // The namespace of an issue is empty if it concerns none.
    namespace: findOnly(error.issues.map(({ namespace }) => namespace)) || undefined,
    file: findOnly(error.issues.map(({ file }) => file)),
  };
}

/** Returns the namespace, if there is one only. */
export function findNamespaceSubject(namespaces: Iterable<string>): LogSubject {
  return { namespace: findOnly([...namespaces]) };
}

function findOnly(texts: readonly string[]): string | undefined {
  return new Set(texts).size === 1 ? texts[0] : undefined;
}
