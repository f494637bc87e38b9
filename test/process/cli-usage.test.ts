/** `usage` over servers that answer as processes do, and over real processes. */
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Base, integer, patternSchema } from '../support/base.js';
import { Machine } from '../support/inspected.js';
import { usageOf } from '../support/usage.js';
import { type ServedUsage, serveUsage } from '../support/usage-server.js';

const HOUR = 3_600_000;
const NOW = Date.parse('2026-01-21T00:00:00Z');
const at = (age: number): string => new Date(NOW - age).toISOString().replace('.000', '');

const SCHEMA = `{
  "version": "1.0",
  "type": "object",
  "properties": {
    "page-size": { "type": "integer", "default": 10, "description": "How many rows a page has." },
    "hosts":
      { "type": "array", "items": { "type": "string" }, "default": [], "description": "Where jobs are sent." },
    "feature.cart": { "$ref": "#/definitions/Feature" }
  }
}
`;
const VALUES = `{
  "options": {
    "feature.cart": {},

    "hosts": ["a"]
  }
}
`;

const FLAG = { owner: { team: 'shopping' }, created_at: '2026-01-01', segments: [{ name: 'all', conditions: [] }] };

function makeShop(): Base {
  const base = new Base({});
  base.writeSchema('shop', SCHEMA);
  base.writeText('shop', VALUES);
  return base;
}

/** A process that has counted for 72 hours, by a clock of its own. */
function served(base: Base, fields: Partial<ServedUsage> = {}): ServedUsage {
  const usage = usageOf(at(72 * HOUR), { 'page-size': at(HOUR), hosts: null }, { cart: { on: 5, isset: true } });
  return { usage, directory: base.directory, namespaces: ['shop'], now: NOW, ...fields };
}

/** A socket as of the process `pid`, of which there is none. */
const socketOf = ({ sockets }: Machine, pid: number): string => join(sockets, `${pid}.sock`);
/** No system gives a process such an id. */
const NO_PID = 4_194_305;

describe('usage over many processes', () => {
  it('It merges processes by socket and by URL, and names the lines to delete', async () => {
    const [machine, base] = [new Machine(), makeShop()];
    await serveUsage(served(base), socketOf(machine, NO_PID));
    const url = await serveUsage(served(base, { now: NOW + HOUR / 60 }));
    const path = join(machine.temporary, 'own.sock');
    await serveUsage(served(base), path);
    const args = ['--pid', String(NO_PID), '--url', url, '--socket', path];
    const { code, stdout, stderr } = await machine.cli('usage', ...args);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const schema = join(base.directory, 'schemas/shop/schema.json');
    const values = base.valuesFile('shop');
    expect(stdout).toBe(
      [
        '3 processes counted for 3 d',
        'What only other processes use, or jobs that have ended, looks unused',
        '',
        'Options not read by any of 3 processes in 3 d: 1 of 2',
        'NAMESPACE  OPTION  DELETE',
        `shop       hosts   ${values}:5, ${schema}:6`,
        '',
        'Flags that were always on in 3 d: 1 of 1',
        'NAMESPACE  FLAG  ON  LAST  OWNER  CREATED  DELETE',
        `shop       cart  15  -     -      -        ${values}:3, ${schema}:8`,
        '',
        'Delete in this order: the code, the values, the schema. A flag without a value is off; `get` throws if no schema declares the option',
        '',
        '2 options: 1 not read. 1 flag: 0 not evaluated or read, 1 always on, 0 always off.',
        '',
      ].join('\n'),
    );
    const report: object = await machine.json('usage', ...args, '--namespace', 'shop');
    expect(report).toMatchObject({
      isComplete: true,
      processes: [{ name: String(NO_PID), countedMs: 72 * HOUR }, { name: path }, { name: url }],
      options: [
        { key: 'page-size', declaredBy: 3, readBy: 3, firstReadAt: at(HOUR), state: 'used', places: [] },
        {
          ...{ namespace: 'shop', key: 'hosts', declaredBy: 3, readBy: 0, firstReadAt: null, state: 'unused' },
          places: [
            { file: values, line: 5 },
            { file: schema, line: 6 },
          ],
        },
      ],
      flags: [{ flag: 'cart', on: 15, off: 0, errors: 0, isset: true, state: 'alwaysOn' }],
    });
  });

  it('Without a name, it asks all processes of this user, and the lines are relative to the working directory', async () => {
    const machine = new Machine();
    const base = makeShop();
    symlinkSync(base.directory, join(machine.temporary, 'options'));
    // The name of a container is not this machine's, but what listens on a socket is here.
    const linked = served(base, { directory: join(machine.temporary, 'options'), host: 'container' });
    // More than are asked at a time.
    for (let index = 0; index < 20; index++) await serveUsage(linked, socketOf(machine, NO_PID + index));
    // Left by a process that was killed.
    writeFileSync(socketOf(machine, NO_PID + 20), '');
    const { code, stdout, stderr } = await machine.cli('usage');
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr:
        ' INFO sentry-options: Not shown: 1 socket left behind when processes were killed, perhaps long ago; harmless\n',
    });
    expect(stdout).toContain('Options not read by any of 20 processes in 3 d: 1 of 2\n');
    expect(stdout).toMatch(/^shop +cart +100 /m);
    const { stdout: json } = await machine.cli('usage', '--json');
    expect(JSON.parse(json)).toMatchObject({ endedSockets: [socketOf(machine, NO_PID + 20)], otherUsers: [] });
    expect(stdout).toMatch(
      /^shop +hosts +options\/values\/shop\/values\.json:5, options\/schemas\/shop\/schema\.json:6$/m,
    );
  });

  it('Programs with other schemas count only for what they declare, each with its own files', async () => {
    const [machine, shop] = [new Machine(), makeShop()];
    const other = new Base({ cart: { hosts: integer(1) } });
    other.writeSchema('shop', patternSchema({ size: integer(1), hosts: integer(1) }));
    other.writeText('shop', VALUES);
    const flags = { cart: { off: 5 }, 'by-pattern': {} };
    const usage = usageOf(at(HOUR / 60), { size: null, hosts: null }, flags);
    await serveUsage(served(shop), socketOf(machine, NO_PID));
    await serveUsage(served(other, { usage, namespaces: ['shop', 'cart'] }), socketOf(machine, NO_PID + 1));
    const { stdout } = await machine.cli('usage', '--all');
    expect(stdout).toContain('Options not read by any of 2 processes in 1 min to 3 d: 2 of 3\n');
    const lines = `${shop.directory}/values/\\S+:5, ${shop.directory}/schemas/\\S+:6, ${other.directory}/values/\\S+:5, `;
    expect(stdout).toMatch(
      new RegExp(`^shop +hosts +2 of 2 +1 min to 3 d +${lines}${other.directory}/schemas/\\S+:1$`, 'm'),
    );
    expect(stdout).toMatch(
      new RegExp(`^shop +size +1 of 2 +1 min +${other.directory}/schemas/shop/schema.json:1$`, 'm'),
    );
    expect(stdout).toMatch(/^shop +by-pattern +- +- +1 of 2 +1 min +-$/m);
    expect(stdout).toMatch(/^shop +cart +5 +5 +0 /m);
    // A flag that is used has lines, but none to delete.
    const { flags: judged }: { flags: object } = await machine.json('usage');
    expect(judged).toMatchObject([
      { flag: 'cart', state: 'used', places: [] },
      { flag: 'by-pattern', state: 'unused' },
    ]);
    // It has no options that were counted, but it is no unknown name.
    const cart = await machine.cli('usage', '--namespace', 'cart');
    expect(cart).toMatchObject({ code: 0, stdout: expect.stringContaining('\n0 options: 0 not read.') });
    expect(await machine.cli('usage', '--namespace', 'shap')).toMatchObject({
      code: 1,
      stdout: '',
      stderr: "ERROR sentry-options: no process that answered has a namespace 'shap'; did you mean 'shop'?\n",
    });
    expect((await machine.cli('usage', '--namespace', 'x')).stderr).toContain("'x'; declared: cart, shop\n");
  });

  it('A process counts once, by whatever names it is given', async () => {
    const [machine, base] = [new Machine(), makeShop()];
    await serveUsage(served(base), socketOf(machine, NO_PID));
    symlinkSync(socketOf(machine, NO_PID), join(machine.temporary, 'link.sock'));
    const url = await serveUsage(served(base));
    const { stdout } = await machine.cli(
      ...['usage', '--pid', String(NO_PID), '--pid', String(NO_PID), '--socket', join(machine.temporary, 'link.sock')],
      ...['--url', url, '--url', new URL(url).host],
    );
    expect(stdout).toMatch(/^2 processes counted for 3 d$/m);
    expect(stdout).toMatch(/^shop +cart +10 /m);
  });

  it('The files of another machine are those of --dir', async () => {
    const [machine, base, local] = [new Machine(), makeShop(), makeShop()];
    const url = await serveUsage(served(base, { host: 'another-machine' }));
    const unknown = await machine.cli('usage', '--url', url);
    expect(unknown.stdout).toMatch(/^shop +hosts +-$/m);
    expect(unknown.stderr).toBe(
      ' INFO sentry-options: No line is known: the files are not here; name their base directory by --dir\n',
    );
    const here = await machine.cli('usage', '--url', await serveUsage(served(base)));
    expect(here.stdout).toMatch(new RegExp(`^shop +hosts +${base.directory}/values/shop/values.json:5, `, 'm'));
    const known = await machine.cli('usage', '--url', url, '--dir', local.directory);
    expect(known.stdout).toMatch(new RegExp(`^shop +hosts +${local.directory}/values/shop/values.json:5, `, 'm'));
    expect(known.stderr).toBe('');
    // Also instead of files that are here.
    const instead = await machine.cli('usage', '--url', await serveUsage(served(base)), '--dir', local.directory);
    expect(instead.stdout).toBe(known.stdout.replaceAll(url, /http:\S+/.exec(instead.stdout)?.[0] ?? ''));
    const wrong = await machine.cli('usage', '--url', url, '--dir', 'nowhere');
    expect(wrong).toMatchObject({
      code: 0,
      stderr: ' WARN sentry-options: No line is known: no schema and no values in nowhere have any of these names\n',
    });
  });

  it('If all is used, there is nothing to delete and nothing to say', async () => {
    const [machine, base] = [new Machine(), makeShop()];
    const usage = usageOf(at(72 * HOUR), { 'page-size': at(HOUR) }, { cart: { on: 1, off: 1 } });
    const url = await serveUsage(served(base, { usage, host: 'another-machine' }));
    expect(await machine.cli('usage', '--url', url)).toMatchObject({
      code: 0,
      stdout: [
        `${url} counted for 3 d`,
        'What only other processes use, or jobs that have ended, looks unused',
        '',
        '1 option: 0 not read. 1 flag: 0 not evaluated or read, 0 always on, 0 always off.',
        '',
      ].join('\n'),
      stderr: '',
    });
  });

  it('A hostile answer names no other file, and invalid files have no lines', async () => {
    const [machine, base] = [new Machine(), makeShop()];
    mkdirSync(join(base.directory, 'schemas/cart'));
    base.writeSchema('cart', '{ "properties": { "hosts": {}, } }');
    const { usage } = served(base);
    const [hosts] = usage?.options.slice(1) ?? [];
    const options = ['../schemas/shop', 'cart', '\u001b[2J'].map((namespace) => ({ ...hosts, namespace }));
    const hostile = { ...usage, options, flags: [], problem: null } as ServedUsage['usage'];
    await serveUsage(served(base, { usage: hostile }), socketOf(machine, NO_PID));
    const { code, stdout } = await machine.cli('usage');
    expect(code).toBe(0);
    expect(stdout.match(/ +hosts +-$/gm)).toHaveLength(3);
    expect(stdout).toContain('\\u001b[2J');
  });
});

describe('usage over running processes', () => {
  it('It sums what all threads of all processes have read, by socket and by URL', async () => {
    const [machine, base] = [new Machine(), makeShop()];
    base.writeValues('shop', { 'feature.cart': FLAG, hosts: ['a'] });
    const [first, second, crashed] = await Promise.all([
      machine.start(base, 'read'),
      machine.start(base, 'read', { INSPECTED_LISTEN: '0' }),
      machine.start(base, 'crash'),
    ]);
    await Promise.all([first, second].map(({ program }) => program.until(() => program.stdout.includes('has read'))));
    await crashed.program.until(() => crashed.program.stdout.includes('has no watcher'));
    const url = /http:\S+/.exec(second.program.stdout[0] ?? '')?.[0] ?? '';
    const { code, stdout, stderr } = await machine.cli('usage', '--pid', first.pid, '--url', url, '--all');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(
      /^2 processes counted for [\d.]+ m?s( to .*)?\nWhat only other .*\nNo process has counted for a day/,
    );
    expect(stdout).toMatch(/^shop +hosts +\S+values\.json:1, \S+schema\.json:6$/m);
    // Over TCP, the second one does not say who owns the flag.
    expect(stdout).toMatch(/^shop +cart +4 +20\S+Z +shopping +2026-01-01 +\S+values\.json:1, \S+schema\.json:8$/m);
    expect(stdout).toMatch(/^shop +page-size +2 of 2 +20\S+Z$/m);
    expect(stdout).toMatch(/\n2 options: 1 not read\. 1 flag: 0 not evaluated or read, 1 always on, 0 always off\.\n$/);

    // The process goes on reading, but nobody answers for it.
    const all = await machine.cli('usage', '--pid', first.pid, '--pid', crashed.pid);
    expect(all.code).toBe(1);
    expect(all.stdout).toMatch(new RegExp(`^INCOMPLETE: .*\\n {2}${crashed.pid}: it could not be asked: `));
    expect(all.stdout).toContain(`\nProcess ${first.pid} counted for `);
    expect(all.stderr).toBe(`ERROR sentry-options: 1 of 2 processes could not be asked: ${crashed.pid}\n`);
  });
});

describe('an incomplete report', () => {
  it('A process that cannot be asked is named first, and the command fails', async () => {
    const [machine, base] = [new Machine(), makeShop()];
    await serveUsage(served(base), socketOf(machine, NO_PID));
    // Its socket is left, but the process runs: as if its watcher had crashed.
    writeFileSync(socketOf(machine, process.pid), '');
    const { code, stdout, stderr } = await machine.cli('usage');
    expect(code).toBe(1);
    expect(stdout).toMatch(
      /^INCOMPLETE: delete nothing by this report\n {2}\d+: it could not be asked: process \d+ does not answer any more/,
    );
    expect(stdout).toContain(`\n\nProcess ${NO_PID} counted for 3 d\n`);
    expect(stderr).toBe(`ERROR sentry-options: 1 of 2 processes could not be asked: ${process.pid}\n`);
    const { stdout: json } = await machine.cli('usage', '--json');
    expect(JSON.parse(json)).toMatchObject({
      isComplete: false,
      processes: [
        { name: String(process.pid), process: null, since: null },
        { name: String(NO_PID), error: null },
      ],
    });
    // It may have the namespace that no other process has.
    const cart = await machine.cli('usage', '--namespace', 'cart');
    expect({ code: cart.code, stdout: cart.stdout }).toEqual({ code: 1, stdout: '' });
    expect(cart.stderr).toMatch(
      /^ERROR .*: process \d+ does not answer any more.*\nERROR .*: no process that answered has a namespace 'cart'; declared: shop\n$/,
    );
  });

  it('If none can be asked, each says why', async () => {
    const machine = new Machine();
    const pids = [NO_PID, NO_PID + 1];
    const args = pids.flatMap((pid) => ['--pid', String(pid)]);
    const { code, stdout, stderr } = await machine.cli('usage', ...args, '--socket', 'none.sock');
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    const ended = pids.map(
      (pid) => `ERROR sentry-options: there is no process ${pid}; 'sentry-options ps' lists those that can be asked\n`,
    );
    expect(stderr).toBe(`${ended.join('')}ERROR sentry-options: there is no socket none.sock\n`);
    expect(await machine.cli('usage')).toMatchObject({
      code: 1,
      stdout: '',
      stderr: 'ERROR sentry-options: No process of this user can be asked; start one with SENTRY_OPTIONS_INSPECT=1\n',
    });
    expect(await machine.cli('usage', '--pid', 'shop')).toMatchObject({ code: 2, stdout: '' });
    mkdirSync(machine.sockets);
    writeFileSync(socketOf(machine, NO_PID), '');
    expect((await machine.cli('usage')).stderr).toMatch(
      /^ INFO .* Not shown: 1 socket left behind when processes were killed, perhaps long ago; harmless\nERROR .* No process of this user can be asked; .*\n$/,
    );
  });

  it('Of many that cannot be asked, the first ones are named', async () => {
    const [machine, base] = [new Machine(), makeShop()];
    await serveUsage(served(base), socketOf(machine, NO_PID));
    const pids = Array.from({ length: 26 }, (_, index) => String(NO_PID + index));
    const { stdout, stderr } = await machine.cli('usage', ...pids.flatMap((pid) => ['--pid', pid]));
    expect(stdout.match(/^ {2}\d+: it could not be asked: /gm)).toHaveLength(20);
    expect(stdout).toContain('\n  and 5 more\n\n');
    expect(stderr).toBe(
      `ERROR sentry-options: 25 of 26 processes could not be asked: ${pids.slice(1, 11).join(', ')} and 15 more\n`,
    );
  });

  it('A version without the answer, and counts that may be too low, make it incomplete', async () => {
    const [machine, base] = [new Machine(), makeShop()];
    const { usage } = served(base);
    const problem = 'more threads read than it can count';
    await serveUsage(served(base, { usage: { ...usage, problem } as ServedUsage['usage'] }), socketOf(machine, NO_PID));
    await serveUsage(served(base, { usage: undefined }), socketOf(machine, NO_PID + 1));
    const { code, stdout, stderr } = await machine.cli('usage');
    expect(code).toBe(1);
    expect(stdout.split('\n').slice(0, 3)).toEqual([
      'INCOMPLETE: delete nothing by this report',
      `  ${NO_PID}: its counts may be too low: ${problem}`,
      `  ${NO_PID + 1}: it could not be asked: process ${NO_PID + 1} has sentry-options 0.1.0, which does not count what is read; update it`,
    ]);
    expect(stderr).toBe(
      `ERROR sentry-options: 1 of 2 processes could not be asked: ${NO_PID + 1}; the counts of ${NO_PID} may be too low\n`,
    );
  });

  it('An answer of another form is an error', async () => {
    const [machine, base] = [new Machine(), makeShop()];
    const good = served(base).usage as object;
    for (const [fields, message] of [
      [{ since: 'yesterday' }, 'the answer.since must be a time'],
      [{ flags: [{ namespace: 'shop', flag: 'cart', on: -1 }] }, 'the answer.flags[0].on must be a count'],
      [{ options: {} }, 'the answer.options must be an array'],
    ] as const) {
      const url = await serveUsage(served(base, { usage: { ...good, ...fields } as never }));
      const { code, stderr } = await machine.cli('usage', '--url', url);
      expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining(message) });
    }
  });
});
