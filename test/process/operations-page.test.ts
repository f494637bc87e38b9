/** Tests docs/operations.md: its commands exist, and the way back that it describes works on a cluster of this machine. */
import { execFile } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { createProgram } from '../../src/cli/program.js';
import { Base, integer, temporaryDirectory, valuesText } from '../support/base.js';
import { Machine } from '../support/inspected.js';
import { hasKubectl, kubectl } from '../support/kubectl.js';
import { blocksOf, pages, read } from '../support/pages.js';
import { GIT_ENVIRONMENT, Repository } from '../support/repository.js';
import { CLI } from '../support/run-cli.js';

const PAGE = 'docs/operations.md';
const KUBECTL = fileURLToPath(new URL('../fixtures/kubectl.mjs', import.meta.url));
const run = promisify(execFile);

/** The first block of a section. */
function findBlock(section: string): string {
  const block = blocksOf(PAGE).find((one) => one.section === section);
  if (block === undefined) throw new Error(`No block in the section ${section}`);
  return block.text;
}

describe('docs/operations.md', () => {
  it('Each command of the questions exists, and has the options that it is given', () => {
    const questions = /^## Questions\n([\s\S]*?)^## /m.exec(read(PAGE))?.[1] ?? '';
    const found = [...questions.matchAll(/\bsentry-options ([a-z][a-z-]*)([^`\n]*)/g)];
    expect(found.length).toBeGreaterThanOrEqual(12);
    for (const [line, name, rest = ''] of found) {
      const command = createProgram().commands.find((one) => one.name() === name);
      const known = command?.options.flatMap(({ long, short }) => [long, short]);
      const given = rest.match(/(?<= )--?[a-z][a-z-]*/g) ?? [];
      expect([line, known]).toEqual([line, expect.arrayContaining(given)]);
    }
  });

  it('The table of questions is the first table of the page', () => {
    expect(/^\|.*\|$/m.exec(read(PAGE))?.[0]).toBe('| question | command |');
  });

  it('What probes may ask is said in one section, to which the pages about health link', () => {
    const linking = ['cli', 'faq', 'getting-started', 'inspect', 'monitoring', 'recipes'].map(
      (page) => `docs/${page}.md`,
    );
    for (const page of [...linking, 'examples/kubernetes/README.md']) {
      expect([page, read(page)]).toEqual([page, expect.stringContaining('operations.md#probes')]);
    }
    for (const page of pages().filter((name) => name !== PAGE)) {
      // Paragraphs and items of lists.
      const parts = read(page).split(/\n(?=\n|- )/);
      const advice = parts.filter((part) => /\b(?:liveness|readiness)\b/i.test(part) && !part.includes('#probes'));
      expect([page, advice]).toEqual([page, []]);
    }
  });

  it('The commands of "Roll back" bring the values before a commit to the pods', async () => {
    const [machine, base, directory] = [
      new Machine(),
      new Base({ shop: { 'page-size': integer(10) } }),
      temporaryDirectory(),
    ];
    base.writeText('shop', valuesText({ 'page-size': 40 }));
    const { pid } = await machine.start(base);
    const repository = new Repository();
    const schema = JSON.stringify({ version: '1.0', type: 'object', properties: { 'page-size': integer(10) } });
    const [values, eu] = ['option-values/shop/default/values.yaml', 'option-values/shop/eu/values.yaml'];
    const files = { 'schemas/shop/schema.json': schema, [eu]: 'options: {}\n' };
    repository.commit({ ...files, [values]: 'options: { page-size: 20 }\n' });
    const bad = repository.commit({ [values]: 'options: { page-size: 40 }\n' });
    const origin = temporaryDirectory();
    repository.git('init', '-q', '--bare', origin);
    repository.git('remote', 'set-url', 'origin', origin);
    repository.git('push', '-q', '-u', 'origin', 'main');

    mkdirSync(join(directory, 'bin'));
    symlinkSync(KUBECTL, join(directory, 'bin/kubectl'));
    symlinkSync(CLI, join(directory, 'bin/sentry-options'));
    // The pods have the command line.
    writeFileSync(join(directory, 'bin/npx'), '#!/bin/sh\nshift\nexec "$@"\n', { mode: 0o755 });
    const cluster = {
      namespace: 'prod',
      selector: 'app=shop',
      pods: [{ metadata: { name: 'shop-1' }, status: { phase: 'Running' } }],
      places: {
        'shop-1': {
          temporary: machine.temporary,
          volume: dirname(base.valuesFile('shop')),
          configMap: 'sentry-options-shop',
        },
      },
    };
    writeFileSync(join(directory, 'cluster.json'), JSON.stringify(cluster));
    const commands = findBlock('Roll back').replace('9f8e7d6c5b4a', bad);
    expect(commands).toContain(bad);
    const { stdout } = await run('bash', ['-ec', commands], {
      cwd: repository.directory,
      env: {
        ...GIT_ENVIRONMENT,
        PATH: `${join(directory, 'bin')}:${dirname(process.execPath)}:${process.env.PATH}`,
        FAKE_CLUSTER: join(directory, 'cluster.json'),
      },
    });
    expect(stdout).toMatch(/^shop-1 +live +2 /m);
    expect(await machine.json('get', 'shop', 'page-size', '--pid', pid)).toMatchObject({ value: 20 });
    // Who changed it: the revert.
    expect(await machine.json('status', '--pid', pid)).toMatchObject({
      namespaces: { shop: { commit: repository.git('rev-parse', 'HEAD') } },
    });
    // The next deployment, of what origin has, does not bring the change back.
    expect(repository.git('--git-dir', origin, 'log', '-1', '--format=%s', 'main')).toBe('Revert "a commit"');
  });

  it('The command of "Who changed it?" finds the rejected change, which is not the commit that status names', async () => {
    const [machine, base, repository] = [
      new Machine(),
      new Base({ shop: { 'page-size': integer(10) } }),
      new Repository(),
    ];
    const deploy = (size: unknown): string => {
      const commit = repository.commit({
        'option-values/shop/default/values.yaml': `options: { page-size: ${size} }\n`,
      });
      base.writeText('shop', JSON.stringify({ commit_sha: commit, options: { 'page-size': size } }));
      return commit;
    };
    deploy(10);
    const good = deploy(20);
    const { pid } = await machine.start(base);
    const bad = deploy('many');
    await expect
      .poll(() => machine.json('status', '--pid', pid), { timeout: 30_000 })
      .toMatchObject({
        lastError: expect.stringMatching(new RegExp(`, commit ${bad}$`)),
        namespaces: { shop: { commit: good } },
      });
    const [, words = ''] = /`git (log LIVE\.\.REJECTED -- \S+)`/.exec(read(PAGE)) ?? [];
    const found = repository.git(...words.replace('LIVE', good).replace('REJECTED', bad).split(' '));
    expect(found.match(/^commit .*$/gm)).toEqual([`commit ${bad}`]);
  });

  it('A change that cannot wait takes the same annotation as "Roll back"', () => {
    expect(findBlock('Roll back')).toContain(findBlock('A change that cannot wait'));
  });

  it.runIf(hasKubectl())('kubectl accepts the annotation (skipped without kubectl)', async () => {
    const [, annotation = ''] = / (\S+)="\$\(date \+%s\)"$/m.exec(findBlock('A change that cannot wait')) ?? [];
    const pod = join(temporaryDirectory(), 'pod.json');
    writeFileSync(pod, JSON.stringify({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'shop-1' } }));
    const changed = await kubectl('annotate', '--local', '-f', pod, '--overwrite', `${annotation}=1`, '-o', 'json');
    expect(JSON.parse(changed)).toMatchObject({ metadata: { annotations: { [annotation]: '1' } } });
  });
});
