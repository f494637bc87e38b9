/**
 * Encodes status records, within the bytes that the status cell holds. Runs in the watcher thread, and where a test
 * makes a store. Never fails, whatever the record contains: files that anyone may write fill most of it.
 *
 * A record has a fixed part, which grows with the number of namespaces only, and details, which grow with the content
 * of the files. The details share {@link MAX_DETAIL_BYTES}:
 *
 *     1/16  the access error
 *     1/8   the last reloads, an equal part each
 *     1/8   the mount warnings
 *     1/8   why namespaces are held back
 *     1/4   the unknown names: the first of each namespace, then the second, and so on
 *     rest  the rejection, at least 5/16
 *
 * Counts stay exact, so that a reader knows how many names are left out.
 */
import type { Issue } from '../common/errors.js';
import type { PlainError } from '../common/plain-error.js';
import { measureJson, truncateJson } from './json-size.js';
import type { NamespaceStatus, ReloadStatus, StatusRecord } from './record.js';

/** The most bytes of JSON that the details of a record take. Each thread decodes a record once, in a millisecond. */
export const MAX_DETAIL_BYTES = 2 ** 18;
/** The room for details for which namespaces are left out, if there are more than the cell can list. */
const MIN_DETAIL_BYTES = 2 ** 14;
/** A name in a list, truncated to fewer bytes, says nothing. */
const MIN_NAME_BYTES = 16;
/** The punctuation around a member of a JSON list or object. */
const COMMA = 1;
const COLON = 1;

/** The last issue of a list that is not complete. */
const MORE_ISSUES = 'and more issues, not listed here';

/** Encodes `record` as JSON of at most `maxBytes`, which must be 64 KiB or more. */
export function encodeStatusRecord(record: StatusRecord, maxBytes: number): Uint8Array {
  const fixed = { ...record, namespaces: {}, rejection: null, accessError: null, reloads: [], mountWarnings: [] };
  let left = maxBytes - measureJson(fixed);
  const namespaces = listFitting(record.namespaces, left - MIN_DETAIL_BYTES);
  left -= measureJson(Object.fromEntries(namespaces));
  const bytes = Math.min(left, MAX_DETAIL_BYTES);

  const accessError = record.accessError === null ? null : truncateJson(record.accessError, bytes / 16);
  const reloads = record.reloads.map((reload) => fitReload(reload, bytes / 8 / record.reloads.length));
  const mountWarnings = fitTexts(record.mountWarnings, bytes / 8);
  const unknown = fitUnknownKeys(
    record.namespaces,
    namespaces.map(([name]) => name),
    bytes / 4,
  );
  const reasons = fitReasons(record.namespaces, [...unknown.keys()], bytes / 8);
  const used = [accessError, reloads, mountWarnings, [...unknown.values()], [...reasons.values()]].reduce<number>(
    (sum, detail) => sum + measureJson(detail),
    0,
  );
  const encoded: StatusRecord = {
    ...fixed,
    namespaces: Object.fromEntries(
      namespaces.map(([name, namespace]) => [
        name,
        {
          ...namespace,
          unknownKeys: unknown.get(name) ?? [],
          held: namespace.held === null ? null : { ...namespace.held, reason: reasons.get(name) ?? '' },
        },
      ]),
    ),
    accessError,
    reloads,
    mountWarnings,
    rejection: record.rejection === null ? null : fitRejection(record.rejection, bytes - used),
  };
  return Buffer.from(JSON.stringify(encoded));
}

/** Lists namespaces without their unknown names and why they are held back, as many as take at most `maxBytes`. */
function listFitting(namespaces: StatusRecord['namespaces'], maxBytes: number): [string, NamespaceStatus][] {
  const listed: [string, NamespaceStatus][] = [];
  let left = maxBytes;
  for (const [name, namespace] of Object.entries(namespaces)) {
    const held = namespace.held === null ? null : { ...namespace.held, reason: '' };
    const bare = { ...namespace, unknownKeys: [], held };
    left -= measureJson(name) + COLON + measureJson(bare) + COMMA;
    if (left < 0) break;
    listed.push([name, bare]);
  }
  return listed;
}

/** Selects unknown names of all namespaces that together take at most `maxBytes`. None crowds out another's. */
function fitUnknownKeys(
  namespaces: StatusRecord['namespaces'],
  names: readonly string[],
  maxBytes: number,
): ReadonlyMap<string, readonly string[]> {
  const fitting = new Map(names.map((name): [string, string[]] => [name, []]));
  let left = maxBytes;
  let open = [...fitting];
  for (let index = 0; ; index++) {
    open = open.filter(([name]) => (namespaces[name]?.unknownKeys.length ?? 0) > index);
    if (left < open.length * MIN_NAME_BYTES || open.length === 0) return fitting;
    for (const [at, [name, keys]] of open.entries()) {
      const key = truncateJson(namespaces[name]?.unknownKeys[index] ?? '', left / (open.length - at) - COMMA);
      left -= measureJson(key) + COMMA;
      keys.push(key);
    }
  }
}

/** Truncates why namespaces are held back, so that the reasons together take at most `maxBytes`. */
function fitReasons(
  namespaces: StatusRecord['namespaces'],
  names: readonly string[],
  maxBytes: number,
): ReadonlyMap<string, string> {
  const held = names.filter((name) => namespaces[name]?.held);
  const reasons = fitTexts(
    held.map((name) => namespaces[name]?.held?.reason ?? ''),
    maxBytes,
  );
  return new Map(held.map((name, index) => [name, reasons[index] ?? '']));
}

/** Truncates `texts` so that together they take at most `maxBytes`. What short ones leave over, later ones may use. */
function fitTexts(texts: readonly string[], maxBytes: number): string[] {
  let left = maxBytes - measureJson([]);
  return texts.map((text, index) => {
    const fitting = truncateJson(text, left / (texts.length - index) - COMMA);
    left -= measureJson(fitting) + COMMA;
    return fitting;
  });
}

function fitReload(reload: ReloadStatus, maxBytes: number): ReloadStatus {
  if (measureJson(reload) + COMMA <= maxBytes) return reload;
  const bare: ReloadStatus = { ...reload, namespaces: [], keys: [], error: null };
  const left = maxBytes - measureJson(bare) - COMMA;
  // A reload has either keys or an error.
  const namespaces = fitTexts(reload.namespaces, left / 4);
  const keys = fitTexts(reload.keys, left / 4);
  const error = reload.error === null ? null : truncateJson(reload.error, left / 2);
  return { ...bare, namespaces, keys, error };
}

/** Shortens an error: first by the frames of its stack, then by its issues and its message. */
function fitRejection(error: PlainError, maxBytes: number): PlainError {
  if (measureJson(error) <= maxBytes) return error;
  const { code, message, file, namespace, key, issues = [] } = error;
  const fitPlace = (text: string | undefined) => text && truncateJson(text, maxBytes / 32);
  const place = { file: fitPlace(file), namespace: fitPlace(namespace), key: fitPlace(key) };
  const left = maxBytes - measureJson({ code, ...place, message: '', issues: [] });
  const fitting = fitIssues(issues, left / 2);
  return { code, ...place, message: truncateJson(message, left - measureJson(fitting)), issues: fitting };
}

/** Selects issues that together take at most `maxBytes`: in their order, but one of each file before any second one. */
function fitIssues(issues: readonly Issue[], maxBytes: number): readonly Issue[] {
  const last = issues.at(-1);
  if (last === undefined || measureJson(issues) <= maxBytes) return issues;
  const end = { ...last, pointer: '', message: MORE_ISSUES };
  let left = maxBytes - measureJson([end]);
  if (left < 0) return [];
  const kept = new Set<Issue>();
  const keep = (issue: Issue): boolean => {
    const bytes = measureJson(issue) + COMMA;
    if (bytes > left) return false;
    left -= bytes;
    kept.add(issue);
    return true;
  };
  const files = new Set<string>();
  for (const issue of issues) {
    if (files.has(issue.file)) continue;
    files.add(issue.file);
    keep(issue);
  }
  issues.every((issue) => kept.has(issue) || keep(issue));
  return [...issues.filter((issue) => kept.has(issue)), end];
}
