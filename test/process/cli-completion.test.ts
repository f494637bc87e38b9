/** `sentry-options completion`: what real shells complete with its scripts. */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createProgram } from '../../src/cli/program.js';
import { formatCompletion } from '../../src/cli/terminal/completion.js';
import { temporaryDirectory } from '../support/base.js';
import { runCli } from '../support/run-cli.js';

const has = (shell: string) => spawnSync(shell, ['-c', ':']).status === 0;

function run(shell: string, script: string, ...parameters: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(shell, ['-c', script, ...parameters], { encoding: 'utf8' });
  expect([status, stderr]).toEqual([0, '']);
  return stdout;
}

/** Writes the script of a shell to a file, and returns its path. */
function write(shell: 'bash' | 'fish' | 'zsh', name: string): string {
  const path = join(temporaryDirectory(), name);
  writeFileSync(path, formatCompletion(shell, createProgram()));
  return path;
}

describe('the script for bash', () => {
  const complete = (...words: readonly string[]): string[] => {
    const script = `source "$0"; COMP_WORDS=("$@"); COMP_CWORD=$((\${#COMP_WORDS[@]} - 1)); _sentry_options
      printf '%s\\n' "\${COMPREPLY[@]}"`;
    return run('bash', script, write('bash', 'script'), 'sentry-options', ...words)
      .split('\n')
      .filter(Boolean);
  };

  it('It completes commands, options and their values, and leaves paths to the shell', () => {
    expect(complete('wri')).toEqual(['write']);
    expect(complete('')).toContain('rollout-status');
    expect(complete('help', 'wri')).toEqual(['write']);
    expect(complete('write', '--out')).toEqual(['--out', '--output-format']);
    expect(complete('write', '--output-format', '')).toEqual(['json', 'configmap']);
    expect(complete('write', '--schemas', '')).toEqual([]);
    expect(complete('no-such-command', '--')).toEqual([]);
  });
});

describe.skipIf(!has('fish'))('the script for fish (skipped without fish)', () => {
  it('It completes commands, options and their values', () => {
    const path = write('fish', 'script');
    const complete = (line: string): string[] => {
      const out = run('fish', `source ${path}; complete -C '${line}'`);
      return out
        .split('\n')
        .map((each) => each.split('\t')[0] as string)
        .filter(Boolean);
    };
    expect(complete('sentry-options wri')).toEqual(['write']);
    expect(complete('sentry-options write --output-f')).toEqual(['--output-format']);
    expect(complete('sentry-options write --output-format ')).toEqual(['configmap', 'json']);
  });
});

describe.skipIf(!has('zsh'))('the script for zsh (skipped without zsh)', () => {
  it('zsh accepts it as a completion', () => {
    const path = write('zsh', '_sentry-options');
    const script = `autoload -Uz compinit; fpath=(${join(path, '..')} $fpath); compinit -D -u; print $_comps[sentry-options]`;
    expect(run('zsh', script)).toBe('_sentry-options\n');
    expect(run('zsh', `autoload -Uz compinit; compinit -D -u; source ${path}; print $_comps[sentry-options]`)).toBe(
      '_sentry_options\n',
    );
  });
});

it('Another shell is wrong usage', async () => {
  const { code, stderr } = await runCli(['completion', 'tcsh']);
  expect([code, stderr]).toEqual([2, expect.stringContaining('[possible values: bash, fish, zsh]')]);
});
