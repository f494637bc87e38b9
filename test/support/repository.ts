/** A git repository on a real disk, with itself as its remote `origin`. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { temporaryDirectory } from './base.js';

/** Git's environment in tests, without the user's configuration. */
export const GIT_ENVIRONMENT = {
  PATH: process.env.PATH ?? '',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_SYSTEM: '/dev/null',
  GIT_AUTHOR_NAME: 'a',
  GIT_AUTHOR_EMAIL: 'a@example.org',
  GIT_COMMITTER_NAME: 'a',
  GIT_COMMITTER_EMAIL: 'a@example.org',
};

/** A repository for one test. It is removed when the test has finished. */
export class Repository {
  readonly directory: string;

  /** @param directory a directory that exists */
  constructor(directory: string = temporaryDirectory()) {
    this.directory = realpathSync(directory);
    this.git('init', '-q', '-b', 'main');
    this.git('remote', 'add', 'origin', '.');
  }

  /** Runs git, and returns its stdout, trimmed. */
  git(...args: string[]): string {
    return execFileSync('git', args, { cwd: this.directory, encoding: 'utf8', env: GIT_ENVIRONMENT }).trim();
  }

  /** Writes files and links, commits them, and returns the commit's SHA. */
  commit(files: Readonly<Record<string, string | { readonly link: string }>>): string {
    for (const [path, content] of Object.entries(files)) {
      const target = join(this.directory, path);
      mkdirSync(dirname(target), { recursive: true });
      rmSync(target, { force: true });
      if (typeof content === 'string') writeFileSync(target, content);
      else symlinkSync(content.link, target);
    }
    this.git('add', '-A');
    this.git('commit', '-q', '--allow-empty', '-m', 'a commit');
    return this.git('rev-parse', 'HEAD');
  }
}
