/** The errors for names that cannot be read. Runs in readers. */
import { UnknownNamespaceError, UnknownOptionError } from '../common/errors.js';
import { formatName } from '../common/text.js';
import type { StoreView } from '../view/view.js';

/** Makes the error for a namespace that no schema declares. */
export function makeUnknownNamespaceError(view: StoreView, namespace: string): UnknownNamespaceError {
  const known = view.names.read((catalog) => catalog.names()).join(', ') || 'none';
  return new UnknownNamespaceError(
    `Unknown namespace ${formatName(namespace)}: no schema declares it. Declared namespaces: ${known}.`,
    { namespace },
  );
}

/** Makes the error for a key that the schema of `namespace` does not declare. */
export function makeUnknownOptionError(namespace: string, key: string): UnknownOptionError {
  return makeError(
    namespace,
    key,
    `its schema does not declare it. Add it to schemas/${namespace}/schema.json, or correct the key.`,
  );
}

/** Makes the error for reading the value of a flag that no values file sets. By pattern, any name is one. */
export function makeUnsetFlagError(namespace: string, key: string): UnknownOptionError {
  return makeError(namespace, key, 'the feature flag is not set, and a flag has no default. Check `isset` first.');
}

/** Makes the error for a flag among `values`, which has options only. */
export function makeFlagError(namespace: string, key: string): UnknownOptionError {
  return makeError(
    namespace,
    key,
    `it is a feature flag, and values has options only. Call features('${namespace}').has() instead.`,
  );
}

function makeError(namespace: string, key: string, why: string): UnknownOptionError {
  const message = `Unknown option ${formatName(key)} in namespace '${namespace}': ${why}`;
  return new UnknownOptionError(message, { namespace, key });
}
