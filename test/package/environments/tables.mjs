/** Writes the tables of environments in docs/compatibility.md, for `npm run test:environments -- --write`. */
import { readFileSync, writeFileSync } from 'node:fs';
import { machine, table } from '../../support/page.mjs';
import { GROUPS } from './groups.mjs';

const PAGE = new URL('../../../docs/compatibility.md', import.meta.url);
const [BEGIN, END] = ['<!-- environments: begin -->', '<!-- environments: end -->'];

/** Rows of environments that other tests cover. */
const TESTED = {
  packages: [
    ['Vitest, in threads, processes and realms', '`vitest run`: [test](../test/package/user-suites.test.ts)'],
    ['Jest, in threads, processes and realms', '`jest`: [test](../test/package/user-suites.test.ts)'],
  ],
  runtimes: [],
  hosts: [
    [
      'an address-space limit',
      '`ulimit -v`',
      'works with smaller cells, or names the limit: [test](../test/process/start.test.ts)',
    ],
    [
      'no file descriptor, a full disk, 1 000 namespaces',
      '',
      'works, or names what is missing: [`npm run test:overload`](reliability.md)',
    ],
  ],
};

/** Writes all tables. `outcomes` holds the outcome of each environment by name. */
export function writeTables(outcomes) {
  const formatGroup = (group, heads, format) =>
    table(heads, [...GROUPS[group].map((environment) => format(environment, outcomes)), ...TESTED[group]]);
  const text = [
    formatGroup('packages', ['works, loaded by', 'commands'], formatPackage),
    formatGroup('runtimes', ['runtime', 'commands', 'outcome'], formatRuntime),
    formatGroup('hosts', ['a host with', 'variables and flags', 'outcome'], formatHost),
    `Written on ${machine()}.`,
  ].join('\n\n');
  const page = readFileSync(PAGE, 'utf8');
  const [from, to] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (from < 0 || to < from) throw new Error(`docs/compatibility.md must contain ${BEGIN} and ${END}.`);
  writeFileSync(PAGE, `${page.slice(0, from + BEGIN.length)}\n${text}\n${page.slice(to)}`);
}

/** Every package in the table works: otherwise the command fails and writes nothing. */
function formatPackage(environment) {
  return [formatName(environment), formatCommands(environment)];
}

function formatRuntime(environment, outcomes) {
  return [formatName(environment), formatCommands(environment), outcomes.get(environment.name)];
}

function formatHost({ name, start, env, mounts, error }, outcomes) {
  const outcome = outcomes.get(name);
  if (outcome === undefined && mounts !== undefined)
    throw new Error(`The environment '${name}' was skipped, so its row cannot be written.`);
  const variables = Object.entries(env ?? {}).map(([variable, value]) => `${variable}='${value}'`);
  // Later versions of Node removed the flag's first name.
  const flags = start.replace('--experimental-permission', '--permission').split(' ').slice(1, -1);
  const settings = [...variables, ...flags].join(' ');
  return [
    name,
    settings === '' ? '' : `\`${settings}\``,
    error === undefined ? outcome : `fails: \`\` ${outcome} \`\``,
  ];
}

function formatName({ name, folder }) {
  return folder === undefined ? name : `${name} (${listVersions(folder).join(', ')})`;
}

function formatCommands({ build, start }) {
  return [build, start]
    .filter((command) => command !== undefined)
    .map((command) => `\`${command}\``)
    .join(', ');
}

/** Lists the tools in the package.json of a folder with their versions. */
function listVersions(folder) {
  const { dependencies } = JSON.parse(readFileSync(new URL(`${folder}/package.json`, import.meta.url), 'utf8'));
  return Object.entries(dependencies).map(([name, version]) => `${name} ${version}`);
}
