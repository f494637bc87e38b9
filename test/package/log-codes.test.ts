/** Tests that docs/monitoring.md lists the codes of messages, and that the code logs each of them. */
import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { isForStderr, LOG_LEVELS, type LogCode } from '../../src/common/log-codes.js';
import { read, root } from '../support/pages.js';

const codes = Object.keys(LOG_LEVELS) as LogCode[];

describe('the codes of messages', () => {
  it('docs/monitoring.md has each code with its level, and no other', () => {
    const rows = [...read('docs/monitoring.md').matchAll(/^\| `([a-z-]+)` \| `(debug|info|warn|error)` \| /gm)];
    expect(rows.map(([, code, level]) => [code, level])).toEqual(Object.entries(LOG_LEVELS));
  });

  it('The code logs each of them', () => {
    const files = execFileSync('git', ['ls-files', 'src', 'workers'], { cwd: root, encoding: 'utf8' })
      .trim()
      .split('\n');
    const sources = files.filter((file) => file !== 'src/common/log-codes.ts').map(read);
    expect(codes.filter((code) => !sources.some((source) => source.includes(`'${code}'`)))).toEqual([]);
  });

  it('Without a logger, stderr gets all problems, and of the other messages only their ends', () => {
    const problems = codes.filter((code) => ['warn', 'error'].includes(LOG_LEVELS[code]));
    const ends = codes.filter((code) => code.endsWith('-recovered'));
    expect(new Set(codes.filter(isForStderr))).toEqual(new Set([...problems, ...ends]));
    // Each end has a problem that it ends.
    expect(ends.filter((end) => !problems.some((code) => code.startsWith(`${end.split('-')[0]}-`)))).toEqual([]);
  });
});
