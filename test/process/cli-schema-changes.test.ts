/** `sentry-options validate-schema-changes`: the family's answers, and what ours does beyond them. */
import { describe, expect, it } from 'vitest';
import { type CliDifference, replayTopic } from '../support/cli-replay.js';
import { Repository } from '../support/repository.js';
import { runCli } from '../support/run-cli.js';

const differences: Record<string, CliDifference> = {
  'base schema is invalid': {
    why: 'The schema is read out of the commit, and named as git names it; there is no temporary folder.',
    unsaid: ['{TMP}/sentry-options/schemas/shop/schema.json'],
  },
  'run in a subdirectory: no schemas are found, which passes': {
    why: 'The schemas are found at the repository’s root, and with them what is not allowed.',
    exit: 1,
    said: ["Option 'shop.a' type changed from 'string' to 'integer'"],
  },
};

replayTopic('schema-changes', { differences });

/** A schema with the integer `a`, and its default as it is written. */
function schema(defaultValue: string): string {
  const option = `{"type": "integer", "default": ${defaultValue}, "description": "d"}`;
  return `{"version": "1.0", "type": "object", "properties": {"a": ${option}}}`;
}

const FILE = 'sentry-options/schemas/shop/schema.json';
const PASSED = ' INFO sentry-options: No schema changes\n INFO sentry-options: Schema validation passed\n';
const REFUSED =
  ' INFO sentry-options: Schema change detected change=~ Default:\t shop.a: 1 -> 2\n' +
  "ERROR sentry-options: Schema error in schemas/shop/schema.json: Option 'shop.a' default value changed from 1 to 2\n" +
  'ERROR sentry-options: Schema validation error: 1 validation error(s)\n';

/** A repository whose second commit changes a default from 1 to 2. */
function changed(file = FILE): { repository: Repository; base: string; head: string } {
  const repository = new Repository();
  const base = repository.commit({ [file]: schema('1'), 'sub/x': '' });
  const head = repository.commit({ [file]: schema('2') });
  return { repository, base, head };
}

function validate(directory: string, base: string, head: string, env: Record<string, string> = {}) {
  const args = ['validate-schema-changes', `--base-sha=${base}`, `--head-sha=${head}`, '--repo=shop'];
  return runCli(args, { cwd: directory, env });
}

describe('a revision', () => {
  it.each(['-x', '--upload-pack=touch pwned', '+main', '^main', 'main:evil', ':main', 'ma*', 'a b', ''])(
    'is no name where it would be something else to git: %j',
    async (name) => {
      const { repository, base } = changed();
      const { code, stdout, stderr } = await validate(repository.directory, base, name);
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      expect(stderr).toBe(
        `ERROR sentry-options: Git command failed: Failed to fetch ${name}: ` +
          `'${name}' is no SHA of a commit, and no name of a branch or tag\n`,
      );
      expect(repository.git('branch', '--format=%(refname:short)')).toBe('main');
      expect(repository.git('status', '--porcelain')).toBe('');
    },
  );

  it('may be a tag', async () => {
    const { repository, base } = changed();
    repository.git('tag', '-a', '-m', 'a tag', 'v1');
    expect((await validate(repository.directory, base, 'v1')).stderr).toBe(REFUSED);
  });

  it('that origin has, and this repository has under no such name, is named', async () => {
    const { repository } = changed();
    const clone = new Repository();
    clone.git('remote', 'set-url', 'origin', repository.directory);
    const { code, stderr } = await validate(clone.directory, 'main', 'main');
    expect(code).toBe(1);
    expect(stderr).toContain('main is not known in this repository; give its SHA');
  });
});

describe('the schemas of a commit', () => {
  it('tell all their issues, of both sides', async () => {
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
      '\tFailed to parse JSON: EOF while parsing an object at line 1 column 2',
      `ERROR sentry-options: Schema error in ${head}:${second}:`,
      '\tThere is no schema.json; every folder here has to have one, so add it or remove the folder',
      '',
    ];
    expect(stderr).toBe(expected.join('\n'));
  });

  it('may hold integers that only a Node.js service refuses: that is a warning', async () => {
    const repository = new Repository();
    const base = repository.commit({ [FILE]: schema('9007199254740993') });
    const head = repository.commit({ [FILE]: schema('9007199254740992') });
    const { code, stderr } = await validate(repository.directory, base, head);
    expect(code).toBe(1);
    expect(stderr).toContain(` WARN sentry-options: A service that runs on Node.js would refuse ${base}:${FILE}:`);
    // No digit of them is lost in comparing.
    expect(stderr).toContain('default value changed from 9007199254740993 to 9007199254740992');
    expect((await validate(repository.directory, base, base)).code).toBe(0);
  });

  it('may be links, as long as these stay in the commit', async () => {
    const repository = new Repository();
    const linked = FILE.replace('shop', 'shop-eu');
    const base = repository.commit({
      'common/schema.json': schema('1'),
      [linked]: { link: '../../../common/schema.json' },
    });
    const head = repository.commit({ 'common/schema.json': schema('2') });
    expect((await validate(repository.directory, base, head)).stderr).toBe(REFUSED.replaceAll('shop', 'shop-eu'));

    const outside = repository.commit({ [linked]: { link: `${repository.directory}/common/schema.json` } });
    const { code, stderr } = await validate(repository.directory, base, outside);
    expect(code).toBe(1);
    expect(stderr).toContain('schema.json is a link to nothing in this commit');
  });

  it('are in no file', async () => {
    const { repository, base, head } = changed();
    const { code, stderr } = await validate(repository.directory, base, head, { SENTRY_OPTIONS_DIR: 'sub/x' });
    expect(code).toBe(1);
    expect(stderr).toBe('ERROR sentry-options: Git command failed: sub/x is no directory, but a blob\n');
  });

  it('are found by a path that is absolute, or leads up, as long as it stays in the repository', async () => {
    const { repository, base, head } = changed();
    const { directory } = repository;
    const ask = async (path: string, SENTRY_OPTIONS_DIR: string) =>
      (await validate(path, base, head, { SENTRY_OPTIONS_DIR })).stderr;
    expect(await ask(directory, `${directory}/sentry-options/schemas/`)).toBe(REFUSED);
    expect(await ask(`${directory}/sub`, '../sentry-options/schemas')).toBe(REFUSED);
    expect(await ask(directory, 'sentry-options/sch*')).toBe(PASSED);
    for (const path of ['../elsewhere', '/elsewhere']) {
      expect(await ask(directory, path)).toBe(
        `ERROR sentry-options: Git command failed: ${path} is outside of the repository\n`,
      );
    }
  });

  it('are found at the root from a directory below', async () => {
    const { repository, base, head } = changed();
    expect((await validate(`${repository.directory}/sub`, base, head)).stderr).toBe(REFUSED);
  });

  it('below the current directory go before those of the root', async () => {
    const { repository, base, head } = changed(`sub/${FILE}`);
    const other = repository.commit({ [FILE]: schema('9') });
    const sub = `${repository.directory}/sub`;
    expect((await validate(sub, base, head)).stderr).toBe(REFUSED);
    expect((await validate(sub, base, other)).stderr).toBe(REFUSED);
  });
});

describe('the repository', () => {
  it('is that of the current directory, also in a hook of another one', async () => {
    const { repository, base, head } = changed();
    const other = new Repository();
    const env = {
      GIT_DIR: `${other.directory}/.git`,
      GIT_WORK_TREE: other.directory,
      GIT_INDEX_FILE: `${other.directory}/.git/index`,
      GIT_PREFIX: 'sub/',
    };
    expect((await validate(repository.directory, base, head, env)).stderr).toBe(REFUSED);
  });

  it('may be bare', async () => {
    const { repository, base, head } = changed();
    const bare = new Repository();
    bare.git('clone', '-q', '--bare', repository.directory, 'bare.git');
    expect((await validate(`${bare.directory}/bare.git`, base, head)).stderr).toBe(REFUSED);
  });

  it('needs git', async () => {
    const { repository, base, head } = changed();
    const { code, stderr } = await validate(repository.directory, base, head, { PATH: '/nowhere' });
    expect(code).toBe(1);
    expect(stderr).toBe('ERROR sentry-options: git cannot be run (spawn git ENOENT)\n');
  });
});
