/** The part of docs/compatibility.md that `npm run test:environments -- --write` writes: an environment, its command, its outcome. */
import { readFileSync, writeFileSync } from 'node:fs';
import { machine, table } from '../../support/page.mjs';
import { GROUPS } from './groups.mjs';

const PAGE = new URL('../../../docs/compatibility.md', import.meta.url);
const [BEGIN, END] = ['<!-- environments: begin -->', '<!-- environments: end -->'];

/** What has tests of its own, which are not repeated. */
const TESTED = {
  packages: [
    ['Vitest, in threads, processes and realms', '`vitest run`', 'works: [test](../test/package/user-suites.test.ts)'],
    ['Jest, in threads, processes and realms', '`jest`', 'works: [test](../test/package/user-suites.test.ts)'],
  ],
  runtimes: [],
  hosts: [
    [
      'a limit to the address space',
      '`ulimit -v`',
      'works with smaller cells, or names the limit: [test](../test/process/start.test.ts)',
    ],
    [
      'no descriptor left, a full disk, a thousand namespaces',
      '',
      'works, or says what is lacking: [`npm run test:overload`](reliability.md)',
    ],
  ],
};

/** Writes all tables; `outcomes` by the environments' names. */
export function writeTables(outcomes) {
  const part = (group, heads) =>
    table(heads, [...GROUPS[group].map((environment) => row(environment, outcomes)), ...TESTED[group]]);
  const text = [
    part('packages', ['used by', 'built and started by', 'outcome']),
    part('runtimes', ['runtime', 'started by', 'outcome']),
    part('hosts', ['a host with', 'started by', 'outcome']),
    `Written on ${machine()}.`,
  ].join('\n\n');
  const page = readFileSync(PAGE, 'utf8');
  const [from, to] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (from < 0 || to < from) throw new Error(`docs/compatibility.md has no part between ${BEGIN} and ${END}`);
  writeFileSync(PAGE, `${page.slice(0, from + BEGIN.length)}\n${text}\n${page.slice(to)}`);
}

function row({ name, folder, build, start, env, mounts, says }, outcomes) {
  const versions = folder === undefined ? [] : versionsIn(folder);
  const variables = Object.entries(env ?? {}).map(([variable, value]) => `${variable}='${value}' `);
  // The flag's first name is gone in later versions of Node.
  const command = `${variables.join('')}${start}`.replace('--experimental-permission', '--permission');
  const outcome = outcomes.get(name);
  if (outcome === undefined && mounts !== undefined) throw new Error(`${name} was skipped: its row cannot be written.`);
  return [
    versions.length === 0 ? name : `${name} (${versions.join(', ')})`,
    [build, command]
      .filter((line) => line !== undefined)
      .map((line) => `\`${line}\``)
      .join(', '),
    says === undefined ? outcome : `refused: \`\` ${outcome} \`\``,
  ];
}

/** The tools of a folder, with the versions that its package.json asks for. */
function versionsIn(folder) {
  const { dependencies } = JSON.parse(readFileSync(new URL(`${folder}/package.json`, import.meta.url), 'utf8'));
  return Object.entries(dependencies).map(([name, version]) => `${name} ${version}`);
}
