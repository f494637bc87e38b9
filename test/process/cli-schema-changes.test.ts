/** `sentry-options validate-schema-changes`: the answers of the Rust command line, and what ours adds to them. */
import { describe, expect, it } from 'vitest';
import { type CliDifference, replayTopic } from '../support/cli-replay.js';
import { Repository } from '../support/repository.js';
import { runCli } from '../support/run-cli.js';

const differences: Record<string, CliDifference> = {
  'base schema is invalid': {
    why: 'Ours reads the schema from the commit, names it as git does, and has no temporary folder.',
    lacks: ['{TMP}/sentry-options/schemas/shop/schema.json'],
  },
  'run in a subdirectory: no schemas are found, which passes': {
    why: 'Ours finds the schemas at the repository’s root, and reports the change.',
    exit: 1,
    contains: ["Option 'shop.a' type changed from 'string' to 'integer'"],
  },
  'neither has a schemas directory': {
    why: 'A check that compared nothing must not pass.',
    exit: 1,
    contains: ["no commit has a schema in 'sentry-options/schemas'"],
  },
  '--repo with a slash never fits': {
    why: 'Ours takes the name of the repository from OWNER/NAME.',
    exit: 0,
    contains: ['Schema change detected change=+ Option:\t shop.b', 'Schema validation passed'],
  },
  'no remote called origin': {
    why: 'Ours fetches only what the repository does not have.',
    exit: 0,
    contains: ['Schema change detected change=+ Option:\t shop.b', 'Schema validation passed'],
  },
};

replayTopic('schema-changes', { differences });

/** Returns a schema with the integer `a`, whose default is written as `defaultValue`. */
function schema(defaultValue: string): string {
  const option = `{"type": "integer", "default": ${defaultValue}, "description": "d"}`;
  return `{"version": "1.0", "type": "object", "properties": {"a": ${option}}}`;
}

const FILE = 'sentry-options/schemas/shop/schema.json';
const REJECTED =
  ' INFO sentry-options: Schema change detected change=~ Default:\t shop.a: 1 -> 2\n' +
  "ERROR sentry-options: Schema error in sentry-options/schemas/shop/schema.json: Option 'shop.a' default value changed from 1 to 2; keep the old default, and set the new one in the values; or add an option with another name (PLACE)\n" +
  'ERROR sentry-options: Schema validation error: 1 validation error(s)\n';

/** Creates a repository whose second commit changes a default from 1 to 2. */
function makeChange(file = FILE): { repository: Repository; base: string; head: string } {
  const repository = new Repository();
  const base = repository.commit({ [file]: schema('1'), 'sub/x': '' });
  const head = repository.commit({ [file]: schema('2') });
  return { repository, base, head };
}

function validate(directory: string, base: string, head: string, env: Record<string, string> = {}) {
  const args = ['validate-schema-changes', `--base-sha=${base}`, `--head-sha=${head}`, '--repo=shop'];
  return runCli(args, { cwd: directory, env });
}

/** Removes the lines that say what was read, and the places in the commit. */
function withoutCounts(stderr: string): string {
  return stderr
    .replace(/^ INFO sentry-options: Read schemas .*\n/gm, '')
    .replace(/(?<=name \()[\da-f]{40}:\S*schema\.json:\d+:\d+(?=\)$)/gm, 'PLACE');
}

describe('--repo', () => {
  it('A repository may have several services', async () => {
    const cart = 'sentry-options/schemas/cart-api/schema.json';
    const repository = new Repository();
    const base = repository.commit({ [FILE]: schema('1'), [cart]: schema('1') });
    const compare = (repo: string) =>
      runCli(['validate-schema-changes', '--base-sha', base, '--head-sha', base, '--repo', repo, '--quiet'], {
        cwd: repository.directory,
      });
    expect(await compare('shop,acme/cart')).toMatchObject({ code: 0, stderr: '' });
    const { code, stderr } = await compare('shop');
    expect([code, stderr.split('\n')[0]]).toEqual([
      1,
      "ERROR sentry-options: Schema error in sentry-options/schemas/cart-api/schema.json: Namespace 'cart-api' is invalid. Expected either 'shop' or 'shop-*' (e.g., 'shop-testing'). " +
        'Rename its folder, or correct --repo; of a repository with several services, list them: --repo shop,cart-api',
    ]);
  });
});

describe('a revision', () => {
  it.each([
    '-x',
    '--upload-pack=touch pwned',
    '+main',
    '^main',
    'main:evil',
    ':main',
    'ma*',
    'a b',
    '',
    'main~0',
    'main^0',
    'main@{0}',
    'a..b',
    'ma?n',
    '[m]ain',
    'ma\\in',
  ])(
    'validate-schema-changes rejects a revision that is no name: an option, a pattern, a refspec or relative to a name: %j',
    async (name) => {
      const { repository, base } = makeChange();
      const { code, stdout, stderr } = await validate(repository.directory, base, name);
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      expect(stderr).toBe(
        `ERROR sentry-options: Git command failed: Failed to fetch ${name}: ` +
          `'${name}' must be a commit SHA, a branch or a tag` +
          `${['main~0', 'main^0', 'main@{0}'].includes(name) ? `. Write the SHA that \`git rev-parse ${name}\` prints` : ''}\n`,
      );
      expect(repository.git('branch', '--format=%(refname:short)')).toBe('main');
      expect(repository.git('status', '--porcelain')).toBe('');
    },
  );

  it('A short SHA, and a branch that is not pushed, say what to give', async () => {
    const { repository, base, head } = makeChange();
    const short = head.slice(0, 9);
    expect((await validate(repository.directory, base, short)).stderr).toContain(
      `couldn't find remote ref ${short}. Give all 40 digits of the SHA (\`git rev-parse ${short}\`), or a branch\n`,
    );
    expect((await validate(repository.directory, base, 'topic')).stderr).toContain(
      "couldn't find remote ref topic. Push it to origin, or correct the name\n",
    );
  });

  it('A SHA that nobody has is said in plain words, once', async () => {
    const { repository, base } = makeChange();
    const unknown = '1'.repeat(40);
    expect((await validate(repository.directory, base, unknown)).stderr).toBe(
      `ERROR sentry-options: Git command failed: Failed to fetch ${unknown}: origin has no such commit. Push a branch with it, or correct the SHA\n`,
    );
  });

  it('An error of git quotes what the user wrote, and not our ref', async () => {
    const { repository, base } = makeChange();
    const { stderr } = await validate(repository.directory, base, 'main.lock');
    expect(stderr).toBe(
      "ERROR sentry-options: Git command failed: Failed to fetch main.lock: fatal: invalid refspec 'main.lock'\n",
    );
  });

  it('validate-schema-changes accepts a tag', async () => {
    const { repository, base } = makeChange();
    repository.git('tag', '-a', '-m', 'a tag', 'v1');
    expect(withoutCounts((await validate(repository.directory, base, 'v1')).stderr)).toBe(REJECTED);
  });

  it('validate-schema-changes compares what origin has, not a stale local branch of the same name', async () => {
    const { repository, base, head } = makeChange();
    const clone = new Repository();
    clone.git('remote', 'set-url', 'origin', repository.directory);
    clone.git('fetch', '-q', 'origin');
    // The local `main` is one commit behind; `base` exists under that name only at origin.
    clone.git('reset', '-q', '--hard', base);
    repository.git('branch', 'base', base);
    const before = clone.git('for-each-ref');
    const stale = await validate(clone.directory, base, 'main');
    expect(withoutCounts(stale.stderr)).toBe(REJECTED);
    expect(stale.stderr).toContain(` INFO sentry-options: Read schemas revision=main commit=${head} schemas=1\n`);
    expect(withoutCounts((await validate(clone.directory, 'base', 'main')).stderr)).toBe(REJECTED);
    // The repository is as it was, but for the commits that it did not have.
    expect(clone.git('for-each-ref')).toBe(before);
  });
});

describe('a change that is not allowed', () => {
  it('The error has the place of the change, and the way out', async () => {
    const option = (type: string, text: string) => `{"type": "${type}", "default": ${text}, "description": "d"}`;
    const make = (...options: string[]) =>
      `{"version": "1.0", "type": "object", "properties": {\n${options.join(',\n')}}}`;
    const repository = new Repository();
    const [file, other] = [FILE, FILE.replace('shop', 'cart')];
    const a = make(`"a": ${option('integer', '1')}`, `"b": ${option('string', '""')}`);
    const base = repository.commit({ [file]: a, [other]: a });
    repository.git('rm', '-q', '-r', 'sentry-options/schemas/cart');
    const head = repository.commit({
      [file]: make(`"a": ${option('integer', '2')}`, `"b": ${option('boolean', '""')}`.replace('""', 'true')),
    });
    const { stderr } = await validate(repository.directory, base, head);
    const errors = stderr.split('\n').filter((line) => line.startsWith('ERROR') && !line.includes('validation error'));
    const another =
      'running services expect the old one. Add an option with another name instead, and remove this one later';
    const keep = 'keep the old default, and set the new one in the values; or add an option with another name';
    expect(errors).toEqual([
      'ERROR sentry-options: Schema error in sentry-options/schemas/cart/schema.json: Namespace \'cart\' was removed; services may still read it. Keep its schema.json, with empty "properties" if need be',
      `ERROR sentry-options: Schema error in sentry-options/schemas/shop/schema.json: Option 'shop.a' default value changed from 1 to 2; ${keep} (${head}:${FILE}:2:37)`,
      `ERROR sentry-options: Schema error in sentry-options/schemas/shop/schema.json: Option 'shop.b' type changed from 'string' to 'boolean', and default value changed from "" to true; ${another} (${head}:${FILE}:3:15)`,
    ]);
  });

  it.each(['acme/shop', 'https://git.example.com/acme/shop.git', 'git@git.example.com:shop/'])(
    'The name of the repository may be that of its URL: %s',
    async (repo) => {
      const repository = new Repository();
      const base = repository.commit({ [FILE]: schema('1') });
      const args = ['validate-schema-changes', '--base-sha', base, '--head-sha', base, '--repo', repo];
      expect((await runCli(args, { cwd: repository.directory })).code).toBe(0);
    },
  );
});

describe('the schemas of a commit', () => {
  it('validate-schema-changes reports all issues of both commits', async () => {
    const repository = new Repository();
    const [first, second] = [FILE.replace('shop', 'Shop'), FILE.replace('shop', 'shop-eu')];
    const base = repository.commit({ [FILE]: schema('"x"'), [first]: schema('1') });
    const head = repository.commit({ [FILE]: '{', [second.replace('schema.json', 'x')]: '' });
    const { code, stderr } = await validate(repository.directory, base, head);
    expect(code).toBe(1);
    const name = "\tInvalid namespace name 'Shop': character 'S' not allowed. Use lowercase alphanumeric or '-'";
    const expected = [
      `ERROR sentry-options: Schema error in ${base}:${first}:`,
      name,
      `ERROR sentry-options: Schema error in ${base}:${FILE}:`,
      `\ta default value does not match schema: "x" is not of type "integer" (${base}:${FILE}:1:89)`,
      `ERROR sentry-options: Schema error in ${head}:${first}:`,
      name,
      `ERROR sentry-options: Schema error in ${head}:${FILE}:`,
      `\tFailed to parse JSON: EOF while parsing an object at line 1 column 2; the { in line 1 is not closed (${head}:${FILE}:1:1)`,
      `ERROR sentry-options: Schema error in ${head}:${second}:`,
      '\tschema.json is missing; each directory here must have one, so add it or remove the directory',
      '',
    ];
    expect(withoutCounts(stderr)).toBe(expected.join('\n'));
  });

  it('validate-schema-changes compares integers exactly, and warns of unsafe ones', async () => {
    const repository = new Repository();
    const base = repository.commit({ [FILE]: schema('9007199254740993') });
    const head = repository.commit({ [FILE]: schema('9007199254740992') });
    const { code, stderr } = await validate(repository.directory, base, head);
    expect(code).toBe(1);
    expect(stderr).toContain(` WARN sentry-options: A Node.js service would reject ${base}:${FILE}:`);
    expect(stderr).toContain('default value changed from 9007199254740993 to 9007199254740992');
    expect((await validate(repository.directory, base, base)).code).toBe(0);
  });

  it('validate-schema-changes allows flags by pattern to come and go, and does not report them', async () => {
    const flag = { $ref: '#/definitions/Feature' };
    const make = (document: object) => JSON.stringify({ version: '1.0', type: 'object', ...document });
    const open = { patternProperties: { '^feature\\.': flag } };
    const plain = { type: 'string', default: '', description: 'd' };
    const repository = new Repository();
    const commits = [
      make({ properties: { a: plain, 'feature.x': flag } }),
      make({ properties: { a: plain, 'feature.y': flag }, ...open }),
      make(open),
      // Without the pattern, ours accepts it as the name of an option.
      make({ properties: { 'feature.z': plain } }),
    ].map((text) => repository.commit({ [FILE]: text }));
    const read = async (base: number, head: number) => {
      const { code, stderr } = await validate(repository.directory, commits[base] as string, commits[head] as string);
      return { code, stderr: withoutCounts(stderr) };
    };
    const passed = ' INFO sentry-options: Schema validation passed\n';
    const same = ` INFO sentry-options: Nothing that is compared has changed: the names, types, shapes and defaults of options. Descriptions, for example, are not compared namespaces=shop\n${passed}`;
    const change = (text: string) => ` INFO sentry-options: Schema change detected change=${text}\n`;
    expect(await read(0, 1)).toEqual({ code: 0, stderr: same });
    expect(await read(1, 0)).toEqual({ code: 0, stderr: same });
    expect(await read(1, 2)).toEqual({ code: 0, stderr: change('- Option:\t shop.a') + passed });
    expect(await read(2, 1)).toEqual({ code: 0, stderr: change('+ Option:\t shop.a') + passed });
    expect(await read(2, 3)).toEqual({ code: 0, stderr: change('+ Option:\t shop.feature.z') + passed });
  });

  it('validate-schema-changes follows a symbolic link within the commit, and rejects one that leads out', async () => {
    const repository = new Repository();
    const linked = FILE.replace('shop', 'shop-eu');
    const base = repository.commit({
      'common/schema.json': schema('1'),
      [linked]: { link: '../../../common/schema.json' },
    });
    const head = repository.commit({ 'common/schema.json': schema('2') });
    expect(withoutCounts((await validate(repository.directory, base, head)).stderr)).toBe(
      REJECTED.replaceAll('shop', 'shop-eu'),
    );

    const outside = repository.commit({ [linked]: { link: `${repository.directory}/common/schema.json` } });
    const { code, stderr } = await validate(repository.directory, base, outside);
    expect(code).toBe(1);
    expect(stderr).toContain('schema.json is a symbolic link whose target is not in this commit');
  });

  it('validate-schema-changes rejects a file as SENTRY_OPTIONS_DIR', async () => {
    const { repository, base, head } = makeChange();
    const { code, stderr } = await validate(repository.directory, base, head, { SENTRY_OPTIONS_DIR: 'sub/x' });
    expect(code).toBe(1);
    expect(stderr).toBe('ERROR sentry-options: Git command failed: sub/x must be a directory; got a file\n');
  });

  it('validate-schema-changes recognizes a base directory in SENTRY_OPTIONS_DIR', async () => {
    const { repository, base, head } = makeChange();
    const env = { SENTRY_OPTIONS_DIR: './sentry-options' };
    const { code, stdout, stderr } = await validate(repository.directory, base, head, env);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    const hint =
      "SENTRY_OPTIONS_DIR must be the schemas directory in this command; got './sentry-options', which looks like a " +
      "base directory: it holds a folder 'schemas' without a schema.json. Set SENTRY_OPTIONS_DIR to " +
      "'sentry-options/schemas'";
    const errors = [base, head].map(
      (commit) => `ERROR sentry-options: Schema error in ${commit}:sentry-options/schemas/schema.json:\n\t${hint}\n`,
    );
    expect(withoutCounts(stderr)).toBe(errors.join(''));
  });

  it('SENTRY_OPTIONS_DIR can be absolute or lead up, within the repository', async () => {
    const { repository, base, head } = makeChange();
    const { directory } = repository;
    const run = async (path: string, SENTRY_OPTIONS_DIR: string) =>
      withoutCounts((await validate(path, base, head, { SENTRY_OPTIONS_DIR })).stderr);
    expect(await run(directory, `${directory}/sentry-options/schemas/`)).toBe(REJECTED);
    expect(await run(`${directory}/sub`, '../sentry-options/schemas')).toBe(REJECTED);
    expect(await run(directory, 'sentry-options/sch*')).toContain("no commit has a schema in 'sentry-options/sch*'");
    for (const path of ['../elsewhere', '/elsewhere']) {
      expect(await run(directory, path)).toBe(
        `ERROR sentry-options: Git command failed: ${path} is outside the repository\n`,
      );
    }
  });

  it('validate-schema-changes finds the schemas at the root from a subdirectory', async () => {
    const { repository, base, head } = makeChange();
    expect(withoutCounts((await validate(`${repository.directory}/sub`, base, head)).stderr)).toBe(REJECTED);
  });

  it('validate-schema-changes prefers schemas below the current directory to those at the root', async () => {
    const { repository, base, head } = makeChange(`sub/${FILE}`);
    const other = repository.commit({ [FILE]: schema('9') });
    const sub = `${repository.directory}/sub`;
    const rejected = REJECTED.replace(FILE, `sub/${FILE}`);
    expect(withoutCounts((await validate(sub, base, head)).stderr)).toBe(rejected);
    expect(withoutCounts((await validate(sub, base, other)).stderr)).toBe(rejected);
  });
});

describe('the repository', () => {
  it('validate-schema-changes needs no origin for commits that the repository has', async () => {
    const { repository, base, head } = makeChange();
    repository.git('remote', 'remove', 'origin');
    expect(withoutCounts((await validate(repository.directory, base, head)).stderr)).toBe(REJECTED);
  });

  it('validate-schema-changes fails if neither commit has a schema', async () => {
    const { repository, base, head } = makeChange('elsewhere/schema.json');
    const { code, stderr } = await validate(repository.directory, base, head);
    expect(code).toBe(1);
    expect(stderr).toBe(
      ` INFO sentry-options: Read schemas commit=${base} schemas=0\n` +
        ` INFO sentry-options: Read schemas commit=${head} schemas=0\n` +
        "ERROR sentry-options: no commit has a schema in 'sentry-options/schemas'. Run this in the service's " +
        'repository, or set SENTRY_OPTIONS_DIR to its schemas directory\n',
    );
  });

  it('validate-schema-changes uses the repository of the current directory, even in a git hook', async () => {
    const { repository, base, head } = makeChange();
    const other = new Repository();
    const env = {
      GIT_DIR: `${other.directory}/.git`,
      GIT_WORK_TREE: other.directory,
      GIT_INDEX_FILE: `${other.directory}/.git/index`,
      GIT_PREFIX: 'sub/',
    };
    expect(withoutCounts((await validate(repository.directory, base, head, env)).stderr)).toBe(REJECTED);
  });

  it('validate-schema-changes reads a bare repository', async () => {
    const { repository, base, head } = makeChange();
    const bare = new Repository();
    bare.git('clone', '-q', '--bare', repository.directory, 'bare.git');
    expect(withoutCounts((await validate(`${bare.directory}/bare.git`, base, head)).stderr)).toBe(REJECTED);
  });

  it('validate-schema-changes reports that git cannot be started', async () => {
    const { repository, base, head } = makeChange();
    const { code, stderr } = await validate(repository.directory, base, head, { PATH: '/nowhere' });
    expect(code).toBe(1);
    expect(stderr).toBe('ERROR sentry-options: cannot run git: it is not installed, or not in PATH. Install git\n');
  });
});
