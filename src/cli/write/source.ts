/** What `sentry-options write` writes, and the text of a `values.json`. Pure. */
import type { NamespaceValues, TargetValues } from '../values/load.js';
import { membersToJson } from '../yaml/node.js';

/** What is written. */
export interface Source {
  readonly values: ReadonlyMap<string, NamespaceValues>;
  readonly generatedAt: string;
  /** How many schemas and files of values were read. */
  readonly counts: { readonly schemas: number; readonly files: number };
}

/** Returns the content of a `values.json`. */
export function buildValuesJson(
  options: TargetValues,
  { generatedAt, commit }: { readonly generatedAt: string; readonly commit?: string | undefined },
): string {
  const commitSha = commit === undefined ? '' : `"commit_sha":${JSON.stringify(commit)},`;
  return `{"generated_at":${JSON.stringify(generatedAt)},${commitSha}"options":${membersToJson(options)}}`;
}
