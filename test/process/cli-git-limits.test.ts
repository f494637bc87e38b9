/** What a hostile repository, server or machine can do to the commands that run git: end them with a clear error. */
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { temporaryDirectory } from '../support/base.js';
import { GIT_ENVIRONMENT, Repository } from '../support/repository.js';
import { type RunCliOptions, runCli } from '../support/run-cli.js';
import { startSilentServer } from '../support/silent-server.js';

const SCHEMA = '{"version": "1.0", "type": "object", "properties": {}}';

/** Less memory than the schemas would need that are tried here, and more than any version of Node.js needs to start. */
const SMALL_MEMORY = `-d ${1024 * 1024}`;

/** Runs `fetch-schemas` on repositories, and expects that it leaves no temporary files. */
async function fetchSchemas(repos: Record<string, { url: string; path?: string }>, options: RunCliOptions = {}) {
  const directory = temporaryDirectory();
  const temporary = join(directory, 'tmp');
  mkdirSync(temporary);
  const sources = Object.entries(repos).map(([name, source]) => [name, { path: 'schemas', ...source }]);
  writeFileSync(join(directory, 'repos.json'), JSON.stringify({ repos: Object.fromEntries(sources) }));
  const outcome = await runCli(['fetch-schemas', '--config', 'repos.json', '--out', 'new/out'], {
    ...options,
    cwd: directory,
    env: { TMPDIR: temporary, SENTRY_OPTIONS_RETRY_WAITS: '1,1,1', ...options.env },
  });
  expect(readdirSync(temporary)).toEqual([]);
  const out = join(directory, 'new/out');
  // Without schemas, nothing is left that would block the next attempt.
  expect(readdirSync(directory).includes('new')).toBe(existsSync(out));
  return { ...outcome, fetched: existsSync(out) ? readdirSync(out).sort() : undefined };
}

function validate(directory: string, base: string, head: string, options: RunCliOptions = {}) {
  const args = ['validate-schema-changes', `--base-sha=${base}`, `--head-sha=${head}`, '--repo=shop'];
  return runCli(args, { ...options, cwd: directory, env: { SENTRY_OPTIONS_DIR: 'schemas', ...options.env } });
}

/** Returns the error messages, without their level. */
function errorsOf(stderr: string): string[] {
  return stderr.split('\n').flatMap((line) => /^ERROR sentry-options: (.*)/.exec(line)?.[1] ?? []);
}

/** A repository with any objects, even those that git itself would not create. */
class HostileRepository extends Repository {
  /** Writes an object, and returns its id. */
  write(type: string, content: string | Buffer): string {
    const args = ['-C', this.directory, 'hash-object', '-w', '--stdin', '--literally', '-t', type];
    return execFileSync('git', args, { input: content, encoding: 'utf8', env: GIT_ENVIRONMENT }).trim();
  }

  /** Writes `base`, and its first `length` bytes as a difference from it. Returns the id of the latter. */
  writeBeginning(base: Buffer, length: number): string {
    const hash = (content: Buffer): Buffer =>
      createHash('sha1').update(`blob ${content.length}\0`).update(content).digest();
    const number = (value: number): number[] => (value < 128 ? [value] : [(value & 127) | 128, ...number(value >> 7)]);
    const header = (type: number, size: number): Buffer =>
      Buffer.from(size < 16 ? [(type << 4) | size] : [(type << 4) | (size & 15) | 128, ...number(size >> 4)]);
    // One instruction: copy `length` bytes from the beginning.
    const delta = Buffer.from([...number(base.length), ...number(length), 0x90, length]);
    const body = Buffer.concat([
      Buffer.from('PACK\0\0\0\x02\0\0\0\x02'),
      ...[header(3, base.length), deflateSync(base)],
      ...[header(7, delta.length), hash(base), deflateSync(delta)],
    ]);
    const input = Buffer.concat([body, createHash('sha1').update(body).digest()]);
    execFileSync('git', ['-C', this.directory, 'index-pack', '--stdin'], { input, env: GIT_ENVIRONMENT });
    return hash(base.subarray(0, length)).toString('hex');
  }

  /** Writes a tree of directories, by name, and returns its id. */
  tree(directories: readonly (readonly [name: string, id: string])[]): string {
    const entries = directories.map(([name, id]) => [Buffer.from(`40000 ${name}\0`), Buffer.from(id, 'hex')]);
    return this.write('tree', Buffer.concat(entries.flat()));
  }

  /** Returns the id of a directory with the schema `blob`. */
  folder(blob: string): string {
    return this.write('tree', Buffer.concat([Buffer.from('100644 schema.json\0'), Buffer.from(blob, 'hex')]));
  }

  /** Commits the schemas directory `id` to `main`. */
  commitSchemas(id: string): string {
    const commit = this.git('commit-tree', '-m', 'a commit', this.tree([['schemas', id]]));
    this.git('update-ref', 'refs/heads/main', commit);
    return commit;
  }

  /** Commits `blob` as the schema of `count` namespaces. */
  commitSchema(blob: string, count = 1): string {
    const folder = this.folder(blob);
    const names = Array.from({ length: count }, (_, index) => `shop-${String(index).padStart(5, '0')}`);
    return this.commitSchemas(this.tree(names.map((name) => [name, folder] as const)));
  }
}

describe('the size of a schema', () => {
  const bomb = (): { repository: HostileRepository; base: string; head: string } => {
    const repository = new HostileRepository();
    const base = repository.commitSchema(repository.write('blob', SCHEMA), 60);
    const head = repository.commitSchema(repository.write('blob', Buffer.alloc(48 * 1024 * 1024, ' ')), 60);
    return { repository, base, head };
  };

  it('A schema is rejected by its size before its content is read', async () => {
    const { repository, base, head } = bomb();
    const good = new Repository();
    good.commit({ 'schemas/shop/schema.json': SCHEMA });
    const [fetched, validated] = await Promise.all([
      fetchSchemas({ bomb: { url: repository.directory }, good: { url: good.directory } }, { ulimit: SMALL_MEMORY }),
      validate(repository.directory, base, head, { ulimit: SMALL_MEMORY }),
    ]);
    const size =
      'must have at most 1048576 bytes; got 50331648. Remove what no service reads, split the namespace, or ' +
      'raise SENTRY_OPTIONS_GIT_SCHEMAS (MiB), of which a schema may have a quarter, at most 8 MiB';
    expect(errorsOf(fetched.stderr)).toEqual([`Git command failed: bomb: schemas/shop-00000/schema.json ${size}`]);
    expect(fetched).toMatchObject({ code: 1, fetched: ['shop'] });
    expect(validated.code).toBe(1);
    expect(validated.stderr).toContain(`Schema error in ${head}:schemas/shop-00059/schema.json:\n\t${size}\n`);
    expect(errorsOf(validated.stderr)).toHaveLength(60);
  });

  it('The sum of all schemas is limited', async () => {
    const repository = new HostileRepository();
    const head = repository.commitSchema(repository.write('blob', SCHEMA.padEnd(1024 * 1024)), 5);
    const { code, stderr } = await validate(repository.directory, 'main', 'main');
    expect(code).toBe(1);
    expect(errorsOf(stderr)).toEqual([
      `Schema error in ${head}:schemas: all schemas of a commit together must have at most 4194304 bytes; ` +
        'got 5242880 in 5 schemas. If you trust the repository, raise SENTRY_OPTIONS_GIT_SCHEMAS (MiB)',
    ]);
  });

  it('SENTRY_OPTIONS_GIT_SCHEMAS raises the limits of all schemas and of one', async () => {
    const repository = new HostileRepository();
    const large = repository.folder(repository.write('blob', SCHEMA.padEnd(1.5 * 1024 * 1024)));
    const huge = repository.folder(repository.write('blob', SCHEMA.padEnd(9 * 1024 * 1024)));
    const names = ['shop-a', 'shop-b', 'shop-c', 'shop-d'];
    const base = repository.commitSchemas(repository.tree(names.map((name) => [name, large] as const)));
    const source = { url: repository.directory };
    const [fetched, validated, most] = await Promise.all([
      fetchSchemas({ shop: source }, { env: { SENTRY_OPTIONS_GIT_SCHEMAS: '6' } }),
      validate(repository.directory, base, base, { env: { SENTRY_OPTIONS_GIT_SCHEMAS: '6' } }),
      validate(repository.directory, base, base, { env: { SENTRY_OPTIONS_GIT_SCHEMAS: '2000000' } }),
    ]);
    expect(fetched).toMatchObject({ code: 0, fetched: names });
    expect([validated.code, most.code]).toEqual([0, 0]);
    // No more than the library reads.
    repository.commitSchemas(repository.tree([['a', huge]]));
    const { code, stderr } = await fetchSchemas({ shop: source }, { env: { SENTRY_OPTIONS_GIT_SCHEMAS: '100' } });
    expect(code).toBe(1);
    expect(stderr).toContain('schemas/a/schema.json must have at most 8388608 bytes; got 9437184');
  });

  it('A small schema that git can only build from a huge object is rejected', async () => {
    const repository = new HostileRepository();
    const base = Buffer.concat([Buffer.from(SCHEMA), Buffer.alloc(48 * 1024 * 1024)]);
    repository.commitSchema(repository.writeBeginning(base, SCHEMA.length));
    // Git's server needs the huge object, too, and reports it in its own lines.
    const clone = new Repository();
    clone.git('remote', 'set-url', 'origin', repository.directory);
    const options = { env: { SENTRY_OPTIONS_GIT_MEMORY: '64' } };
    const [fetched, validated, remote, usual] = await Promise.all([
      fetchSchemas({ bomb: { url: repository.directory } }, options),
      validate(repository.directory, 'main', 'main', options),
      validate(clone.directory, 'main', 'main', options),
      // An object of a third of the usual memory.
      validate(repository.directory, 'main', 'main'),
    ]);
    const message =
      'git needs more than 64 MiB of memory for this repository. If you trust the repository, ' +
      'raise SENTRY_OPTIONS_GIT_MEMORY (MiB)';
    expect([fetched.code, validated.code, remote.code]).toEqual([1, 1, 1]);
    expect(errorsOf(fetched.stderr)).toEqual([`Git command failed: bomb: ${message}`]);
    expect(errorsOf(validated.stderr)).toEqual([message]);
    expect(errorsOf(remote.stderr)).toEqual([message]);
    expect(usual).toMatchObject({ code: 0, stdout: '' });
  });

  it('Large schemas are compared like small ones', async () => {
    const schema = (defaultValue: string): string => {
      const option = (name: string) =>
        `"${name}": {"type": "string", "default": "${defaultValue}", "description": "d"}`;
      const names = Array.from({ length: 1_000 }, (_, index) => `option-${index}`);
      return `{"version": "1.0", "type": "object", "properties": {${names.map(option).join(', ')}}}`;
    };
    const repository = new Repository();
    const base = repository.commit({ 'schemas/shop/schema.json': schema('a') });
    const head = repository.commit({ 'schemas/shop/schema.json': schema('b') });
    const changed = await validate(repository.directory, base, head);
    expect(changed.code).toBe(1);
    expect(errorsOf(changed.stderr)).toHaveLength(1_001);
    expect(errorsOf(changed.stderr)[0]).toContain(
      'Schema error in schemas/shop/schema.json: Option \'shop.option-0\' default value changed from "a" to "b"; keep',
    );
    const invalid = repository.commit({ 'schemas/shop/schema.json': schema('b').replace('"string"', '"text"') });
    const { code, stderr } = await validate(repository.directory, base, invalid);
    expect(code).toBe(1);
    expect(stderr).toContain('option-0/type "text" is not one of');
  });
});

describe('the directories of a repository', () => {
  it('A schemas directory with more than ten thousand directories is rejected', async () => {
    const repository = new HostileRepository();
    repository.commitSchema(repository.write('blob', SCHEMA), 10_001);
    const { code, stderr } = await fetchSchemas({ many: { url: repository.directory } });
    expect(code).toBe(1);
    expect(errorsOf(stderr)).toEqual([
      "Git command failed: many: 'schemas' must have at most 10000 directories; got 10001. Is it the schemas directory?",
    ]);
  });

  it.each(['..', '.git'])('No file is written for a directory that is called %j', async (name) => {
    const repository = new HostileRepository();
    repository.commitSchemas(repository.tree([[name, repository.folder(repository.write('blob', SCHEMA))]]));
    const { code, stderr, fetched } = await fetchSchemas({ bad: { url: repository.directory } });
    expect({ code, fetched }).toEqual({ code: 1, fetched: undefined });
    expect(errorsOf(stderr)).toEqual([
      `Git command failed: bad: 'schemas' has a directory that no namespace can have: '${name}'. Remove it`,
    ]);
  });

  it('A repository without schemas, and a list without repositories, are errors', async () => {
    const repository = new Repository();
    const sha = repository.commit({ 'schemas/README': '' });
    const [empty, none] = await Promise.all([fetchSchemas({ empty: { url: repository.directory } }), fetchSchemas({})]);
    expect([empty.code, none.code]).toEqual([1, 1]);
    expect(errorsOf(empty.stderr)).toEqual([
      `Git command failed: empty: 'schemas' has no directory with a schema.json (commit ${sha}). Correct path`,
    ]);
    expect(errorsOf(none.stderr)).toEqual(['repos.json lists no repository: `repos` is empty']);
  });
});

describe('the disk space', () => {
  it('A repository that fills the disk is rejected', async () => {
    const repository = new Repository();
    repository.commit({ 'schemas/shop/schema.json': randomBytes(2 * 1024 * 1024).toString('base64') });
    const clone = new Repository();
    clone.git('remote', 'set-url', 'origin', repository.directory);
    const options = { env: { SENTRY_OPTIONS_GIT_DISK: '1' } };
    const [fetched, validated] = await Promise.all([
      fetchSchemas({ large: { url: repository.directory } }, options),
      validate(clone.directory, 'main', 'main', options),
    ]);
    const message =
      'git needs more than 1 MiB of disk space for this repository. If you trust the repository, ' +
      'raise SENTRY_OPTIONS_GIT_DISK (MiB)';
    expect([fetched.code, validated.code]).toEqual([1, 1]);
    expect(errorsOf(fetched.stderr)).toEqual([`Git command failed: large: ${message}`]);
    expect(errorsOf(validated.stderr)).toEqual([message]);
  });
});

// Without ssh, git would not connect at all.
const hasSsh = spawnSync('ssh', ['-V']).status === 0;

describe('a silent server', () => {
  it('A server that accepts and never answers ends git after the time limit', async () => {
    const good = new Repository();
    good.commit({ 'schemas/shop/schema.json': SCHEMA });
    const server = await startSilentServer();
    const address = `127.0.0.1:${server.port}/x`;
    const clone = new Repository();
    clone.git('remote', 'set-url', 'origin', `https://${address}`);
    const options = { env: { SENTRY_OPTIONS_GIT_TIMEOUT: '2' } };
    const ssh = hasSsh ? { ssh: { url: `ssh://${address}` } } : {};
    const [fetched, validated] = await Promise.all([
      fetchSchemas({ good: { url: good.directory }, https: { url: `https://${address}` }, ...ssh }, options),
      validate(clone.directory, 'main', 'main', options),
    ]);
    const message =
      'git did not finish within 2 s. Check the network and the server; if they are only slow, ' +
      'raise SENTRY_OPTIONS_GIT_TIMEOUT (seconds)';
    expect(errorsOf(fetched.stderr)).toEqual(
      ['https', ...Object.keys(ssh)].map((name) => `Git command failed: ${name}: ${message}`),
    );
    expect(fetched).toMatchObject({ code: 1, fetched: ['shop'] });
    expect(errorsOf(validated.stderr)).toEqual([message]);
    // Git and its helpers have ended, too: they held the connections.
    await server.closed();
  });

  it('Ctrl-C ends validate-schema-changes and git, and leaves no lock', async () => {
    const server = await startSilentServer();
    const clone = new Repository();
    clone.git('remote', 'set-url', 'origin', `https://127.0.0.1:${server.port}/x`);
    const before = readdirSync(join(clone.directory, '.git'));
    const { signal, stderr } = await validate(clone.directory, 'main', 'main', {
      onStart: (child) => server.connected().then(() => child.kill('SIGINT')),
    });
    expect({ signal, stderr }).toEqual({ signal: 'SIGINT', stderr: '' });
    await server.closed();
    expect(readdirSync(join(clone.directory, '.git')).filter((name) => name !== 'FETCH_HEAD')).toEqual(before);
  });

  it.each(['SIGINT', 'the time limit'])('No ref stays in the repository if %s ends git after a fetch', async (end) => {
    const repository = new Repository();
    repository.commit({ 'schemas/shop/schema.json': SCHEMA });
    // Git itself, that is slow to end: so the fetch has created its ref at this moment.
    const tools = temporaryDirectory();
    const git = execFileSync('/bin/sh', ['-c', 'command -v git'], { encoding: 'utf8' }).trim();
    const slow = `case " $* " in *" fetch "*) touch ${tools}/fetched; while :; do sleep 0.1; done;; esac`;
    writeFileSync(join(tools, 'git'), `#!/bin/sh\n${git} "$@" || exit\n${slow}\n`, { mode: 0o755 });
    const isSignal = end === 'SIGINT';
    const onStart: RunCliOptions['onStart'] = (child) => {
      const timer = setInterval(() => existsSync(join(tools, 'fetched')) && child.kill('SIGINT'), 10);
      child.on('exit', () => clearInterval(timer));
    };
    const { signal, code, stderr } = await validate(repository.directory, 'main', 'main', {
      env: { PATH: `${tools}:${process.env.PATH}`, ...(isSignal ? {} : { SENTRY_OPTIONS_GIT_TIMEOUT: '1' }) },
      ...(isSignal ? { onStart } : {}),
    });
    expect({ signal, code }).toEqual(isSignal ? { signal: 'SIGINT', code: null } : { signal: null, code: 1 });
    expect(errorsOf(stderr)).toHaveLength(isSignal ? 0 : 1);
    expect(repository.git('for-each-ref', '--format=%(refname)')).toBe('refs/heads/main');
  });

  it.each(['0', 'x'])('A limit must be a positive number: %s', async (value) => {
    const { code, stderr } = await fetchSchemas({}, { env: { SENTRY_OPTIONS_GIT_TIMEOUT: value } });
    expect(code).toBe(1);
    expect(errorsOf(stderr)).toEqual([
      `SENTRY_OPTIONS_GIT_TIMEOUT must be a number above 0, at most 2000000; got '${value}'`,
    ]);
  });
});

describe('programs that the user has configured', () => {
  it('A repository’s .gitattributes run no filter, and its submodules are not fetched', async () => {
    const repository = new Repository();
    const submodule = `[submodule "x"]\n\tpath = x\n\turl = ${temporaryDirectory()}\n`;
    repository.commit({ 'schemas/shop/schema.json': SCHEMA, '.gitmodules': submodule });
    repository.commit({ '.gitattributes': '* filter=lfs\n' });
    const tools = temporaryDirectory();
    const filter = `sh -c 'touch ${tools}/ran; cat'`;
    writeFileSync(
      join(tools, 'config'),
      `[filter "lfs"]\n\tsmudge = ${JSON.stringify(filter)}\n\trequired = true\n[submodule]\n\trecurse = true\n`,
    );
    const env = { GIT_CONFIG_GLOBAL: join(tools, 'config') };
    expect(await fetchSchemas({ shop: { url: repository.directory } }, { env })).toMatchObject({
      code: 0,
      fetched: ['shop'],
    });
    expect((await validate(repository.directory, 'main', 'main', { env })).code).toBe(0);
    expect(readdirSync(tools)).toEqual(['config']);
  });
});

describe('a machine that cannot run git', () => {
  it('Without git, fetch-schemas says so once, and the next attempt can run', async () => {
    const url = new Repository().directory;
    const { code, stderr, fetched } = await fetchSchemas({ a: { url }, b: { url } }, { env: { PATH: '/nowhere' } });
    expect({ code, fetched }).toEqual({ code: 1, fetched: undefined });
    expect(errorsOf(stderr)).toEqual(['cannot run git: it is not installed, or not in PATH. Install git']);
  });

  it('Without file descriptors, fetch-schemas fails with a clear error or waits for some, at each number', async () => {
    const repository = new Repository();
    repository.commit({ 'schemas/shop/schema.json': SCHEMA });
    const names = Array.from({ length: 8 }, (_, index) => [`r${index}`, { url: repository.directory }] as const);
    const outcomes = await Promise.all(
      [26, 32, 40, 60].map((count) => fetchSchemas(Object.fromEntries(names), { ulimit: `-n ${count}` })),
    );
    // With fewer, Node.js itself does not start.
    const started = outcomes.filter(({ stderr }) => stderr.includes('Fetching schemas'));
    expect(started.some(({ stderr }) => stderr.includes('cannot run git: no file descriptor is left'))).toBe(true);
    for (const { code, stderr, fetched } of started) {
      expect(stderr).not.toMatch(/^\s+at |internal error|node:internal/m);
      if (code === 0) {
        expect(fetched).toEqual(['shop']);
      } else {
        expect(code, stderr).toBe(1);
        expect(errorsOf(stderr).length).toBeGreaterThan(0);
      }
    }
  });
});
