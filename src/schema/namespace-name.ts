/** The rules for the name of a namespace. Pure; any thread may import it. */

/** The most characters of a DNS-1123 label. */
const MAX_LENGTH = 63;

/**
 * Describes why `name` cannot be a namespace; undefined if it can.
 *
 * The name must be a DNS-1123 label, because it is part of the name of a Kubernetes volume.
 */
export function checkNamespaceName(name: string): string | undefined {
  if (Buffer.byteLength(name) > MAX_LENGTH) return `must be at most ${MAX_LENGTH} characters`;
  const stranger = /[^-a-z0-9]/u.exec(name)?.[0];
  if (stranger !== undefined) return `character '${stranger}' not allowed. Use lowercase alphanumeric or '-'`;
  if (!/^[a-z0-9](?:.*[a-z0-9])?$/.test(name)) return 'must start and end with alphanumeric';
  return undefined;
}
