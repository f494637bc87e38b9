/** `sentry-options fetch-schemas`: the answers of the Rust command line, and what ours adds to them. */
import { type ChildProcess, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseRepositories } from '../../src/cli/fetch/repositories.js';
import { temporaryDirectory } from '../support/base.js';
import { type CliDifference, replayTopic } from '../support/cli-replay.js';
import { Repository } from '../support/repository.js';
import { CLI, runCli } from '../support/run-cli.js';
import { startSilentServer } from '../support/silent-server.js';

/** An address at which no server listens. */
const CLOSED_PORT = 'https://127.0.0.1:1/x';

const NO_WAITS = { SENTRY_OPTIONS_RETRY_WAITS: '1,1,1' };

const differences: Record<string, CliDifference> = {
  'path missing in the repository, after three retries': {
    why: 'An empty directory would block the next attempt; and a missing path stays missing.',
    written: {},
    contains: [
      ' WARN sentry-options: Schema fetch attempt failed repo="shop" attempt=0 elapsed_ms={MS}\n',
      "ERROR sentry-options: Git command failed: shop: Schemas path does not exist: 'nowhere' (commit {COMMIT:0})",
    ],
  },
  'two of three fail: messages in order of the names, the third is kept': {
    why: 'A repository that does not exist is not retried; and ours does not print the temporary folder, which is gone.',
    lacks: ['{TMP}/repo'],
  },
};

replayTopic('fetch-schemas', { env: NO_WAITS, differences });

/** A directory to run `fetch-schemas` in, with a subdirectory for temporary files. */
class Place {
  readonly directory = temporaryDirectory();
  readonly temporary = join(this.directory, 'tmp');

  constructor(repos: Record<string, { url: string; path: string }>) {
    mkdirSync(this.temporary);
    writeFileSync(join(this.directory, 'repos.json'), JSON.stringify({ repos }));
  }

  run(env: Record<string, string> = {}, onStart?: (child: ChildProcess) => void) {
    return runCli(['fetch-schemas', '--config', 'repos.json', '--out', 'out'], {
      cwd: this.directory,
      env: { TMPDIR: this.temporary, ...NO_WAITS, ...env },
      ...(onStart === undefined ? {} : { onStart }),
    });
  }

  /** The fetched schemas by namespace; undefined if the output directory does not exist. */
  get fetched(): Record<string, string> | undefined {
    const out = join(this.directory, 'out');
    if (!existsSync(out)) return undefined;
    return Object.fromEntries(
      readdirSync(out).map((name) => [name, readFileSync(join(out, name, 'schema.json'), 'utf8')]),
    );
  }

  expectNothingLeft(): void {
    expect(readdirSync(this.temporary)).toEqual([]);
  }
}

/** Resolves when the command has printed `text` on stderr. */
async function waitForStderr(child: ChildProcess, text: string): Promise<void> {
  let stderr = '';
  await new Promise<void>((resolve) => {
    child.stderr?.on('data', (chunk) => {
      stderr += chunk;
      if (stderr.includes(text)) resolve();
    });
  });
}

function errorsOf(stderr: string): string[] {
  return stderr.split('\n').filter((line) => line.startsWith('ERROR '));
}

describe('Ctrl-C', () => {
  it('Ctrl-C ends all parallel clones and leaves no files', async () => {
    const server = await startSilentServer();
    const url = `https://127.0.0.1:${server.port}/x`;
    const place = new Place({ a: { url, path: 'x' }, b: { url, path: 'x' } });
    const { code, signal } = await place.run({}, async (child) => {
      await server.connected(2);
      expect(readdirSync(place.temporary)).toHaveLength(2);
      child.kill('SIGINT');
    });
    expect([code, signal]).toEqual([null, 'SIGINT']);
    // Git has ended, too: it held the connections.
    for (const socket of server.sockets) if (!socket.closed) await once(socket, 'close');
    expect(place.fetched).toBeUndefined();
    place.expectNothingLeft();
  });

  it('Ctrl-C ends the wait before a retry', async () => {
    const place = new Place({ a: { url: CLOSED_PORT, path: 'x' } });
    const { signal, stderr } = await place.run({ SENTRY_OPTIONS_RETRY_WAITS: '' }, async (child) => {
      await waitForStderr(child, 'retry_in_ms');
      child.kill('SIGTERM');
    });
    expect(signal).toBe('SIGTERM');
    expect(stderr).toMatch(
      / WARN sentry-options: Schema fetch attempt failed repo="a" attempt=0 elapsed_ms=\d+ retry_in_ms=3000 error=a: fatal: /,
    );
    expect(place.fetched).toBeUndefined();
    place.expectNothingLeft();
  });
});

describe('a retry', () => {
  /** Returns the variables that make git call the shell script `body` instead of ssh. */
  const connectBy = (body: string) => {
    const ssh = join(temporaryDirectory(), 'connect');
    writeFileSync(ssh, `#!/bin/sh\n${body}\n`, { mode: 0o755 });
    return { GIT_SSH_COMMAND: ssh, GIT_SSH_VARIANT: 'simple' };
  };

  it('A failed clone is retried, and the retry can succeed', async () => {
    const repository = new Repository();
    const sha = repository.commit({ 'schemas/shop/schema.json': '{}' });
    const place = new Place({ late: { url: `ssh://host${repository.directory}`, path: 'schemas' } });
    // The connection succeeds the third time.
    const env = connectBy(
      'echo x >>"$0.count"; [ "$(wc -l <"$0.count")" -lt 3 ] || exec sh -c "$2"; echo "Connection timed out" >&2; exit 255',
    );
    const { code, stderr } = await place.run(env);
    expect(code).toBe(0);
    expect(stderr.replaceAll(/(?<= elapsed_ms=)\d+/g, 'MS').split('\n')).toEqual([
      ' INFO sentry-options: Fetching schemas repositories=1',
      expect.stringMatching(
        / WARN .* attempt failed repo="late" attempt=0 elapsed_ms=MS retry_in_ms=1 error=late: Connection timed out\\n/,
      ),
      expect.stringMatching(/ WARN .* attempt failed repo="late" attempt=1 elapsed_ms=MS retry_in_ms=1 error=late: /),
      ` INFO sentry-options: Fetched schemas repo="late" attempt=2 elapsed_ms=MS sha=${sha} schemas=1`,
      ' INFO sentry-options: Successfully fetched schemas path=out schemas=1',
      '',
    ]);
    expect(place.fetched).toEqual({ shop: '{}' });
    place.expectNothingLeft();
  });

  it('What does not exist is not retried: a repository, its branch, or the path of its schemas', async () => {
    const [good, empty, detached] = [new Repository(), new Repository(), new Repository()];
    const sha = good.commit({ 'schemas/shop/schema.json': '{}' });
    detached.commit({ 'schemas/shop/schema.json': '{}' });
    detached.git('symbolic-ref', 'HEAD', 'refs/heads/gone');
    const none = join(temporaryDirectory(), 'none');
    const urls = { path: none, file: `file://${none}`, ssh: `ssh://host${none}` };
    const place = new Place({
      ...Object.fromEntries(Object.entries(urls).map(([name, url]) => [name, { url, path: 'schemas' }])),
      host: { url: 'ssh://host/hosted', path: 'schemas' },
      empty: { url: empty.directory, path: 'schemas' },
      branch: { url: detached.directory, path: 'schemas' },
      schemas: { url: good.directory, path: 'nowhere' },
    });
    const { code, stderr } = await place.run(
      connectBy('case "$2" in *hosted*) echo "ERROR: Repository not found." >&2; exit 1;; esac; exec sh -c "$2"'),
    );
    expect(code).toBe(1);
    const attempts = stderr.split('\n').filter((line) => line.startsWith(' WARN '));
    expect(attempts.map((line) => line.replace(/\d+$/, 'MS')).sort()).toEqual(
      ['branch', 'empty', 'file', 'host', 'path', 'schemas', 'ssh'].map(
        (name) => ` WARN sentry-options: Schema fetch attempt failed repo="${name}" attempt=0 elapsed_ms=MS`,
      ),
    );
    const branch = 'it has no commit on its default branch. Push one, or correct its default branch';
    expect(errorsOf(stderr).map((line) => line.replace('ERROR sentry-options: Git command failed: ', ''))).toEqual([
      `branch: ${branch}`,
      `empty: ${branch}`,
      `file: fatal: '${none}' does not appear to be a git repository`,
      'host: ERROR: Repository not found.',
      `path: fatal: repository '${none}' does not exist`,
      `schemas: Schemas path does not exist: 'nowhere' (commit ${sha}). Correct path`,
      `ssh: fatal: '${none}' does not appear to be a git repository`,
    ]);
    place.expectNothingLeft();
  });

  it('A retry that could only begin after the time limit of all attempts is not awaited', async () => {
    const place = new Place({ a: { url: CLOSED_PORT, path: 'x' } });
    const { code, stderr } = await place.run({
      SENTRY_OPTIONS_GIT_TIMEOUT: '300',
      SENTRY_OPTIONS_RETRY_WAITS: '300000',
    });
    expect(code).toBe(1);
    expect(stderr.match(/^ WARN .*$/gm)).toEqual([
      expect.stringMatching(/ attempt failed repo="a" attempt=0 elapsed_ms=\d+$/),
    ]);
    place.expectNothingLeft();
  });

  it('A call of git that exceeds its time limit is retried', async () => {
    const server = await startSilentServer();
    const place = new Place({ slow: { url: `https://127.0.0.1:${server.port}/x`, path: 'x' } });
    const { code, stderr } = await place.run({ SENTRY_OPTIONS_GIT_CALL_TIMEOUT: '0.25' });
    expect(code).toBe(1);
    const message =
      'slow: a call of git did not finish within 0.25 s. Check the network and the server; if they are only slow, ' +
      'raise SENTRY_OPTIONS_GIT_CALL_TIMEOUT (seconds)';
    const attempts = [...stderr.matchAll(/^ WARN .* attempt=(\d) elapsed_ms=(\d+)(.*)$/gm)];
    expect(attempts.map(([, attempt, , rest]) => [attempt, rest])).toEqual([
      ...['0', '1', '2'].map((attempt) => [attempt, ` retry_in_ms=1 error=${message}`]),
      ['3', ''],
    ]);
    for (const [, , elapsed] of attempts) expect(Number(elapsed)).toBeGreaterThanOrEqual(250);
    expect(errorsOf(stderr)).toEqual([`ERROR sentry-options: Git command failed: ${message}`]);
    place.expectNothingLeft();
  });
});

describe('the configuration', () => {
  it('The help shows the form of the configuration, with an example', async () => {
    const { stdout } = await runCli(['fetch-schemas', '--help']);
    expect(stdout).toContain('{"repos": {NAME: {"url": URL, "path": DIRECTORY, "sha"?: SHA}}}');
    const example = /^ {2}(\{"repos": \{".*)$/m.exec(stdout)?.[1] ?? '';
    expect(parseRepositories(Buffer.from(example))).toEqual([
      { name: 'shop', url: 'https://git.example.com/shop.git', path: 'sentry-options/schemas' },
    ]);
  });

  it.each([
    ['a command as a URL', { url: 'ext::touch pwned', path: 'schemas' }, "got one that begins with 'ext::'"],
    ['the name of a program as a URL', { url: 'hg::--pwned', path: 'schemas' }, "got one that begins with 'hg::'"],
    ['a protocol without encryption', { url: 'http://127.0.0.1:1/x', path: 'x' }, "got one that begins with 'http://'"],
    ['a host that looks like an option', { url: 'ssh://-oProxyCommand=x/x', path: 'x' }, 'url must have a host'],
    ['an option as a URL', { url: '--upload-pack=touch pwned', path: 'schemas' }, "begin with '-'"],
    ['an absolute path', { url: 'GOOD', path: '/etc' }, "path must be relative to the repository's root; got '/etc'"],
    ['a path that leads up', { url: 'GOOD', path: 'schemas/../..' }, "path must not contain '..'; got 'schemas/../..'"],
    ['a path with a line break', { url: 'GOOD', path: 'a\nb' }, 'must not contain control characters'],
    ['a path into .git', { url: 'GOOD', path: '.git/info' }, "Schemas path does not exist: '.git/info'"],
    ['a path that looks like an option', { url: 'GOOD', path: '--no-cone' }, 'Schemas path does not exist: '],
    ['a pattern', { url: 'GOOD', path: 'sch*' }, 'Schemas path does not exist: '],
  ])('fetch-schemas rejects %s, and fetches from the other repositories', async (_, { url, path }, message) => {
    const repository = new Repository();
    repository.commit({ 'schemas/shop/schema.json': '{}' });
    const place = new Place({
      bad: { url: url === 'GOOD' ? repository.directory : url, path },
      good: { url: repository.directory, path: './schemas/' },
    });
    // The user's git configuration and environment allow all protocols, and `hg` is a program.
    const tools = temporaryDirectory();
    const config = join(tools, 'config');
    writeFileSync(config, '[protocol]\n\tallow = always\n[protocol "ext"]\n\tallow = always\n');
    writeFileSync(join(tools, 'git-remote-hg'), `#!/bin/sh\ntouch ${place.directory}/pwned\n`, { mode: 0o755 });
    const { code, stderr } = await place.run({
      GIT_CONFIG_GLOBAL: config,
      GIT_ALLOW_PROTOCOL: 'ext:hg:http:https:ssh:file',
      PATH: `${tools}:${process.env.PATH}`,
    });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^ERROR sentry-options: Git command failed: bad: /m);
    expect(stderr).toContain(message);
    expect(place.fetched).toEqual({ shop: '{}' });
    expect(readdirSync(place.directory).sort()).toEqual(['out', 'repos.json', 'tmp']);
    place.expectNothingLeft();
  });
});

describe('a repository', () => {
  const secret = (): string => {
    const file = join(temporaryDirectory(), 'schema.json');
    writeFileSync(file, 'secret');
    return file;
  };

  it.each([
    ['a schema', () => ({ 'schemas/shop/schema.json': { link: secret() } })],
    ['the folder of the schemas', () => ({ schemas: { link: join(secret(), '..') } })],
  ])('fetch-schemas rejects a symbolic link that leads out of the repository: %s', async (_, files) => {
    const repository = new Repository();
    repository.commit(files());
    const place = new Place({ bad: { url: repository.directory, path: 'schemas' } });
    const { code, stderr } = await place.run();
    expect(code).toBe(1);
    expect(errorsOf(stderr)).toHaveLength(1);
    expect(stderr).toMatch(/ERROR .*: bad: .*schemas.*link that leads out of it/);
    expect(place.fetched).toBeUndefined();
  });

  it('fetch-schemas follows a link within the repository, and skips a broken one', async () => {
    const repository = new Repository();
    repository.commit({
      'schemas/shop/schema.json': '{}',
      'schemas/shop-eu/schema.json': { link: '../shop/schema.json' },
      'schemas/shop-us/schema.json': { link: 'nowhere' },
      'schemas/shop-uk/schema.json': { link: '../../.git/config' },
      'schemas/empty/README': '',
      'schemas/linked': { link: 'shop' },
      'schemas/README': '',
    });
    const place = new Place({ shop: { url: `file://${repository.directory}`, path: 'schemas' } });
    const { code, stderr } = await place.run();
    expect(code).toBe(0);
    for (const name of ['shop-us', 'shop-uk']) {
      expect(stderr).toContain(`Skipped schemas/${name}/schema.json: it is a symbolic link to nothing repo="shop"`);
    }
    expect(place.fetched).toEqual({ shop: '{}', 'shop-eu': '{}' });
  });

  it('fetch-schemas reads schemas in the root of a repository, and copies none of one with an invalid file', async () => {
    const [root, broken] = [new Repository(), new Repository()];
    root.commit({ 'shop/schema.json': '{}', README: '' });
    broken.commit({ 'cart/schema.json': '{}', 'cart-eu/schema.json/README': '' });
    const place = new Place({
      root: { url: root.directory, path: '.' },
      broken: { url: broken.directory, path: '' },
    });
    const { code, stderr } = await place.run();
    expect(code).toBe(1);
    expect(errorsOf(stderr)).toEqual([
      'ERROR sentry-options: Git command failed: broken: cart-eu/schema.json must be a regular file; got a directory or a special file',
    ]);
    expect(place.fetched).toEqual({ shop: '{}' });
  });

  it('fetch-schemas rejects a second, different schema of a namespace', async () => {
    const [a, b, c] = ['{}', '{}', '[]'].map((text) => {
      const repository = new Repository();
      repository.commit({ 'schemas/shop/schema.json': text });
      return { url: repository.directory, path: 'schemas' };
    }) as [{ url: string; path: string }, { url: string; path: string }, { url: string; path: string }];
    const place = new Place({ c, b, a });
    const { code, stderr } = await place.run();
    expect(code).toBe(1);
    expect(errorsOf(stderr)).toEqual([
      "ERROR sentry-options: Git command failed: c: namespace 'shop' already has a different schema, from 'a'. " +
        "No schema of 'c' was copied",
    ]);
    expect(place.fetched).toEqual({ shop: '{}' });
  });
});

// Only the `script` of util-linux: other systems' takes other arguments.
const hasTerminal = spawnSync('script', ['--version']).status === 0;

describe.runIf(hasTerminal)('on a terminal', () => {
  const fetchOnTerminal = async (args: string) => {
    const repository = new Repository();
    const sha = repository.commit({ 'schemas/shop/schema.json': '{}' });
    const place = new Place({ 'shop\u001B[2J': { url: repository.directory, path: 'schemas' } });
    const command = `${process.execPath} ${CLI} fetch-schemas --config repos.json --out out ${args}`;
    const { PATH = '' } = process.env;
    const { stdout } = spawnSync('script', ['-qec', command, '/dev/null'], {
      cwd: place.directory,
      env: { PATH, TMPDIR: place.temporary, TERM: 'xterm', NO_COLOR: '1' },
      encoding: 'utf8',
    });
    expect(place.fetched).toEqual({ shop: '{}' });
    return { stdout: stdout.replace(/(?<= elapsed_ms=)\d+/, 'MS'), sha };
  };
  const CLEAR = '\r\u001B[K';

  it('A progress line lists the pending repositories, and disappears at the end', async () => {
    const { stdout, sha } = await fetchOnTerminal('');
    const line = `${CLEAR}0 of 1 done; waiting for shop\\u001b[2J`;
    const fetched = ` INFO sentry-options: Fetched schemas repo="shop\\u001b[2J" attempt=0 elapsed_ms=MS sha=${sha} schemas=1\r\n`;
    expect(stdout).toBe(
      ' INFO sentry-options: Fetching schemas repositories=1\r\n' +
        `${line}${CLEAR}${fetched}${line}${CLEAR}` +
        ' INFO sentry-options: Successfully fetched schemas path=out schemas=1\r\n',
    );
  });

  it('The progress line is not shown with --quiet', async () => {
    const { stdout, sha } = await fetchOnTerminal('--quiet');
    expect(stdout).toBe(
      ` INFO sentry-options: Fetched schemas repo="shop\\u001b[2J" attempt=0 elapsed_ms=MS sha=${sha} schemas=1\r\n`,
    );
  });
});

describe('git', () => {
  it('fetch-schemas ignores the repository of a git hook, and runs no hooks', async () => {
    const repository = new Repository();
    repository.commit({ 'schemas/shop/schema.json': '{}' });
    const other = new Repository();
    const place = new Place({ shop: { url: repository.directory, path: 'schemas' } });
    mkdirSync(join(other.directory, 'hooks'));
    writeFileSync(join(other.directory, 'hooks/post-checkout'), `#!/bin/sh\ntouch ${place.directory}/pwned\n`, {
      mode: 0o755,
    });
    writeFileSync(join(other.directory, 'config'), `[core]\n\thooksPath = ${other.directory}/hooks\n`);
    const env = {
      GIT_DIR: join(other.directory, '.git'),
      GIT_INDEX_FILE: join(other.directory, '.git/index'),
      GIT_WORK_TREE: other.directory,
      GIT_QUARANTINE_PATH: other.directory,
      GIT_CONFIG_GLOBAL: join(other.directory, 'config'),
    };
    expect(await place.run(env)).toMatchObject({ code: 0 });
    expect(place.fetched).toEqual({ shop: '{}' });
    expect(readdirSync(place.directory).sort()).toEqual(['out', 'repos.json', 'tmp']);
  });
});
