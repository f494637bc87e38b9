/** Runs what docs/ci.md describes, on real repositories: its scripts, the workflow for other repositories, the hooks. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import manifest from '../../package.json' with { type: 'json' };
import { createProgram } from '../../src/cli/program.js';
import { temporaryDirectory } from '../support/base.js';
import { blocksOf, read, root } from '../support/pages.js';
import { GIT_ENVIRONMENT, Repository } from '../support/repository.js';
import { CLI } from '../support/run-cli.js';
import { readWorkflow, runWorkflow } from '../support/workflow.js';

const WORKFLOW = '.github/workflows/validate-options.yml';
const workflow = readWorkflow(join(root, WORKFLOW));

const option = (type: string, value: unknown) => ({ type, default: value, description: 'an option' });
const schema = (properties: object) => JSON.stringify({ version: '1.0', type: 'object', properties });
const lockfile = (version: string) =>
  JSON.stringify({ lockfileVersion: 3, packages: { 'node_modules/sentry-options': { version } } });

/** A folder with the repository of a service and that of the values, and the command line in PATH. */
class Place {
  readonly home = temporaryDirectory();
  readonly service: Repository;
  readonly options = join(this.home, 'options');
  readonly env: Record<string, string>;

  constructor(values = 'options: {limit: 2}\n') {
    for (const name of ['service', 'bin']) mkdirSync(join(this.home, name));
    this.service = new Repository(join(this.home, 'service'));
    symlinkSync(CLI, join(this.home, 'bin/sentry-options'));
    symlinkSync(process.execPath, join(this.home, 'bin/node'));
    this.env = { ...GIT_ENVIRONMENT, HOME: this.home, PATH: `${join(this.home, 'bin')}:${process.env.PATH}` };
    this.write('options/option-values/shop/default/values.yaml', values);
    const source = { url: this.service.directory, path: 'sentry-options/schemas' };
    this.write('options/repos.json', JSON.stringify({ repos: { shop: source } }));
  }

  write(path: string, text: string): void {
    mkdirSync(dirname(join(this.home, path)), { recursive: true });
    writeFileSync(join(this.home, path), text);
  }

  /** Commits the schema of the service, and its lockfile. */
  commit(properties: object, version = manifest.version): string {
    return this.service.commit({
      'sentry-options/schemas/shop/schema.json': schema(properties),
      'package-lock.json': lockfile(version),
    });
  }
}

/** How a repository can check itself: by a script of the page, or by the workflow. */
const WAYS = ['the script', 'the workflow'] as const;

function checkService(way: (typeof WAYS)[number], place: Place, base: string, head: string) {
  const cwd = place.service.directory;
  if (way === 'the script') {
    return runScript('The repository of a service', cwd, { ...place.env, BASE: base, HEAD: head, SERVICE: 'shop' });
  }
  // Where the action checks out the repository of the values.
  symlinkSync(place.options, join(cwd, '.values-repository'));
  const inputs = {
    service: 'shop',
    'service-directories': '.',
    values: 'option-values',
    'values-repository': 'example/options',
  };
  const event = { pull_request: { base: { sha: base }, head: { sha: head } } };
  return runWorkflow(workflow, { cwd, env: place.env, inputs, event, skip: [INSTALL] });
}

const INSTALL = 'Install the command line';

/** Runs the first script of a section of the page. */
function runScript(section: string, cwd: string, env: Readonly<Record<string, string>>) {
  const script = blocksOf('docs/ci.md').find((block) => block.section === section && block.language === 'sh')?.text;
  const { status, stdout, stderr } = spawnSync('sh', ['-c', script ?? ''], { cwd, env, encoding: 'utf8' });
  return { code: status, output: stdout + stderr };
}

const BEFORE = { limit: option('integer', 1), hosts: option('string', 'a') };

describe.each(WAYS)('%s', (way) => {
  it('A change that removes an option that values set fails, and names the option', () => {
    const place = new Place('options: {hosts: b}\n');
    const [base, head] = [place.commit(BEFORE), place.commit({ limit: BEFORE.limit })];
    const { code, output } = checkService(way, place, base, head);
    expect(code).toBe(1);
    for (const text of [
      `Version check successful version=${manifest.version}`,
      'Schema change detected change=- Option:\t shop.hosts',
      'still set shop:hosts. Remove these values first, and the options later\n',
    ]) {
      expect(output).toContain(text);
    }
  });

  it('Valid values are written', () => {
    const place = new Place();
    place.commit(BEFORE);
    const { code, output, written } = checkValues(way, place);
    expect(code, output).toBe(0);
    expect(readdirSync(written)).toEqual(['sentry-options-shop-default.json']);
  });

  it('Another version of the library, and an invalid value, each fail', () => {
    const place = new Place('options: {limit: many}\n');
    const base = place.commit(BEFORE, '0.0.9');
    const other = checkService(way, place, base, base);
    expect(other.output).toContain('package-lock.json: the version is 0.0.9, but this command line is');
    const invalid = checkValues(way, place);
    expect(invalid.output).toContain('limit "many" is not of type "integer"');
    expect(existsSync(invalid.written)).toBe(false);
    expect([other.code, invalid.code]).toEqual([1, 1]);
  });
});

function checkValues(way: (typeof WAYS)[number], { options: cwd, env }: Place) {
  if (way === 'the script') {
    return { ...runScript('The repository of the values', cwd, env), written: join(cwd, 'dist') };
  }
  const inputs = { config: 'repos.json', values: 'option-values' };
  const result = runWorkflow(workflow, { cwd, env, inputs, skip: [INSTALL] });
  return { ...result, written: join(result.temporary, 'options') };
}

describe('the workflow', () => {
  const { inputs } = workflow.on.workflow_call;

  it('A change that breaks services is an annotation at its line', () => {
    const place = new Place();
    const [base, head] = [place.commit(BEFORE), place.commit({ ...BEFORE, limit: option('integer', 2) })];
    const { code, output } = checkService('the workflow', place, base, head);
    expect(code).toBe(1);
    expect(output).toMatch(/^::error file=sentry-options\/schemas\/shop\/schema\.json,line=1,col=\d+::.*from 1 to 2/m);
  });

  it('A change that removes an option that no values set passes', () => {
    const place = new Place();
    const [base, head] = [place.commit(BEFORE), place.commit({ limit: BEFORE.limit })];
    const { code, output } = checkService('the workflow', place, base, head);
    expect(code, output).toBe(0);
    expect(output).toContain('Read values namespaces=1 files=1');
  });

  it('A change of a default fails', () => {
    const place = new Place();
    const [base, head] = [place.commit(BEFORE), place.commit({ ...BEFORE, limit: option('integer', 3) })];
    const { code, output } = checkService('the workflow', place, base, head);
    expect(code).toBe(1);
    expect(output).toContain("Option 'shop.limit' default value changed from 1 to 3");
  });

  it('With the input strict, an option that no schema declares fails', () => {
    const place = new Place('options: {limti: 1}\n');
    place.commit(BEFORE);
    const given = { config: 'repos.json', values: 'option-values', strict: 'true' };
    const settings = { cwd: place.options, env: place.env, inputs: given, skip: [INSTALL] };
    const { code, output } = runWorkflow(workflow, settings);
    expect(code).toBe(1);
    expect(output).toContain("limti is not declared in the schema; did you mean 'limit'?");
  });

  it('With the input budget, a change that unsets most options fails, unless it is allowed', () => {
    const place = new Place('options: {limit: 2, hosts: b}\n');
    place.commit(BEFORE);
    const values = new Repository(place.options);
    const file = 'option-values/shop/default/values.yaml';
    const base = values.commit({ [file]: 'options: {limit: 2, hosts: b}\n' });
    const head = values.commit({ [file]: 'options: {}\n' });
    const given = { config: 'repos.json', values: 'option-values', budget: 'true' };
    const event = { pull_request: { base: { sha: base }, head: { sha: head } } };
    const settings = { cwd: place.options, env: place.env, inputs: given, event, skip: [INSTALL] };
    const { code, output } = runWorkflow(workflow, settings);
    expect(code, output).toBe(1);
    expect(output).toContain(`::error file=${file}::The new values of shop/default unset 2 of 2 options`);
    rmSync(join(place.options, 'sentry-options'), { recursive: true });
    values.git('worktree', 'prune');
    const passed = runWorkflow(workflow, { ...settings, inputs: { ...given, allow: 'shop/default' } });
    expect(passed.code, passed.output).toBe(0);
  });

  it('By default, the workflow installs the version of this package', () => {
    expect(inputs.version?.default).toBe(manifest.version);
    const steps = Object.values(workflow.jobs).flatMap((job) => job.steps);
    expect(steps.find(({ name }) => name === INSTALL)?.run).toMatch(
      /^npm install --global .*"sentry-options@\$VERSION"$/,
    );
  });

  it('Inputs reach commands only as variables, and the workflow may only read', () => {
    const steps = Object.values(workflow.jobs).flatMap((job) => job.steps);
    expect(steps.filter(({ run = '' }) => run.includes('${{'))).toEqual([]);
    expect(workflow.permissions).toEqual({ contents: 'read' });
  });

  it('The page lists each input with its default, its examples set only these, and it names this version', () => {
    const rows = [...read('docs/ci.md').matchAll(/^\| `([\w-]+)` \| (?:`(.+)`)? ?\| /gm)];
    expect(rows.map(([, name, value = '']) => [name, value])).toEqual(
      Object.entries(inputs).map(([name, input]) => [name, input.default]),
    );
    const versions = [...read('docs/ci.md').matchAll(/\d+\.\d+\.\d+/g)].map(([version]) => version);
    expect(new Set(versions)).toEqual(new Set([manifest.version]));
    const examples = blocksOf('docs/ci.md').filter(
      ({ section, language }) => section === 'GitHub Actions' && language === 'yaml',
    );
    expect(examples.length).toBeGreaterThan(0);
    for (const { text } of examples) {
      const { uses, with: given } = parse(text).jobs.options;
      expect(uses).toBe(`example/sentry-options/${WORKFLOW}@v${manifest.version}`);
      expect(Object.keys(inputs)).toEqual(expect.arrayContaining(Object.keys(given)));
    }
  });
});

describe('.pre-commit-hooks.yaml', () => {
  interface Hook {
    readonly id: string;
    readonly entry: string;
    readonly args: readonly string[];
    readonly language: string;
    readonly files: string;
    readonly pass_filenames: boolean;
  }
  const hooks: readonly Hook[] = parse(read('.pre-commit-hooks.yaml'), { strict: true });

  it('Each hook runs a command of this package, on the files that the command reads', () => {
    expect(hooks.map(({ id, language }) => [id, language])).toEqual([
      ['validate-schema', 'node'],
      ['validate-values', 'node'],
      ['lint', 'node'],
    ]);
    const names = createProgram().commands.map((command) => command.name());
    for (const { entry, files, pass_filenames } of hooks) {
      const [program = '', command = ''] = entry.split(' ');
      expect(Object.keys(manifest.bin)).toContain(program);
      expect(names).toContain(command);
      expect(pass_filenames).toBe(false);
      expect('sentry-options/schemas/shop/schema.json').toMatch(new RegExp(files));
      expect('README.md').not.toMatch(new RegExp(files));
    }
    expect('option-values/shop/default/a.yml').toMatch(new RegExp(hooks[1]?.files ?? ''));
    const page = blocksOf('docs/ci.md').find(({ section }) => section === 'pre-commit')?.text ?? '';
    const [repo] = parse(page).repos;
    expect(repo.rev).toBe(`v${manifest.version}`);
    expect(repo.hooks.map(({ id }: Hook) => id)).toEqual(hooks.map(({ id }) => id));
    expect(repo.hooks[1].args).toEqual(hooks[1]?.args);
  });

  it('Each hook passes for a valid repository and fails for an invalid one', () => {
    const place = new Place();
    place.commit({ limit: option('integer', 1) });
    const directory = place.service.directory;
    const run = (id: string) => {
      const { entry = '', args = [] } = hooks.find((hook) => hook.id === id) ?? {};
      return spawnSync('sh', ['-c', `${entry} "$@"`, 'sh', ...args], { cwd: directory, env: place.env }).status;
    };
    mkdirSync(join(directory, 'option-values/shop/default'), { recursive: true });
    const values = join(directory, 'option-values/shop/default/values.yaml');
    writeFileSync(values, 'options: {limit: 2}\n');
    expect([run('validate-schema'), run('validate-values'), run('lint')]).toEqual([0, 0, 0]);
    writeFileSync(values, 'options: {limit: 1}\n');
    expect([run('validate-values'), run('lint')]).toEqual([0, 1]);
    writeFileSync(values, 'options: {limit: many}\n');
    expect(run('validate-values')).toBe(1);
    place.commit({ limit: option('integer', 'x') });
    expect(run('validate-schema')).toBe(1);
  });

  it('An installation from git builds dist/, and one from the registry runs nothing', () => {
    expect(manifest.scripts.prepare).toBe('node scripts/prepare.mjs');
    expect(Object.keys(manifest.scripts).filter((name) => /^(?:pre|post)?(?:install|pack)$/.test(name))).toEqual([]);
    expect(readFileSync(join(root, '.gitignore'), 'utf8')).toContain('dist/');
  });
});
