/** Formats findings. Pure. */
import { escapeControlChars } from '../../common/text.js';
import { formatJson } from '../terminal/format.js';
import { formatLocation } from '../terminal/format-issues.js';
import type { Finding } from './findings.js';
import type { LintResult } from './lint.js';

/** Formats each finding as a line that editors and terminals turn into a link. */
export function formatFindings(findings: readonly Finding[]): string {
  return findings
    .map((finding) => {
      const { severity, code, namespace, key, message } = finding;
      return `${formatLocation(finding.file, finding)} ${severity} ${code}: ${escapeControlChars(`${namespace}/${key}: ${message}`)}\n`;
    })
    .join('');
}

/** Formats the result as JSON. */
export function formatLintJson(result: LintResult): string {
  return formatJson(result);
}
