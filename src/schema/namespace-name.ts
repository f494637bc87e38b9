/** What a namespace may be called. Pure: any thread may use it. */

/** The characters that a DNS-1123 label may have. */
const MAX_LENGTH = 63;

/**
 * Why `name` cannot be a namespace, or undefined where it can.
 *
 * It has to be a DNS-1123 label, because it is part of the name of a Kubernetes volume.
 */
export function checkNamespaceName(name: string): string | undefined {
  if (Buffer.byteLength(name) > MAX_LENGTH) return `must be at most ${MAX_LENGTH} characters`;
  const stranger = /[^-a-z0-9]/u.exec(name)?.[0];
  if (stranger !== undefined) return `character '${stranger}' not allowed. Use lowercase alphanumeric or '-'`;
  if (!/^[a-z0-9](?:.*[a-z0-9])?$/.test(name)) return 'must start and end with alphanumeric';
  return undefined;
}
