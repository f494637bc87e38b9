/** Tests `npm run bench`: its arguments, other versions of Node, and the tables of results on several versions. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

// By a variable, since they have no declarations.
const load = (path: string) => import(new URL(`../../${path}`, import.meta.url).href);
const { QUESTIONS, quotedResults, readResults, writeResult } = await load('bench/lib/report.mjs');
const { rowsByNode, targetsByNode } = await load('bench/lib/nodes-table.mjs');
const { withPerformance } = await load('bench/lib/performance.mjs');
const { describeMachine, NODE, nodeOf } = await load('bench/lib/machine.mjs');
const { summarize } = await load('bench/lib/statistics.mjs');
const { findNode } = await load('scripts/install-node.mjs');

describe('npm run bench', () => {
  const bench = (...args: readonly string[]) =>
    spawnSync(process.execPath, [fileURLToPath(new URL('../../bench/run.mjs', import.meta.url)), ...args], {
      encoding: 'utf8',
    });

  it('--node measures on that version of Node, and keeps the results on other versions', () => {
    const out = mkdtempSync(join(tmpdir(), 'bench-nodes-'));
    const other = { name: 'read', title: '', machine: { ...describeMachine(), node: 'v99.1.0' } };
    const row = { what: 'on Node 99', unit: 'ns', figure: summarize([1]) };
    writeResult(out, { ...other, rows: [row], growths: [], remarks: [], pictures: [] });
    // Another version, if `npm run test:nodes` has installed one.
    const version = [26, 24, 22, 20].find((each) => each !== NODE && findNode(each) !== undefined) ?? NODE;
    const { status, stderr } = bench('read', '--tiny', '--out', out, '--node', String(version));
    expect(status, stderr).toBe(0);
    expect(readResults(out).map(nodeOf)).toEqual([version, 99]);
    const page = readFileSync(join(out, 'README.md'), 'utf8');
    expect(page).toMatch(new RegExp(`against +\\| Node ${version} +\\| Node 99 +\\|`));
    expect(page).toContain('on Node 99');
    rmSync(out, { recursive: true });
  });

  it.each([
    [['--node', 'latest'], "--node must be a major version of Node, 20 or later; got 'latest'. Try --node 24.\n"],
    [['--node', '18'], "--node must be a major version of Node, 20 or later; got '18'. Try --node 24.\n"],
    [['write'], `A question must be one of ${QUESTIONS.join(', ')}; got 'write'.\n`],
    [['--tiny'], expect.stringContaining('--tiny must have --out DIR')],
    [['--nodes'], expect.stringContaining("Unknown option '--nodes'")],
  ])('The arguments %j fail with a message', (args, message) => {
    expect(bench(...args)).toMatchObject({ status: 1, stdout: '', stderr: message });
  });
});

describe('results on several versions of Node', () => {
  const make = (node: string, ratio: number, atMost: number) => ({
    name: 'read',
    machine: { ...describeMachine(), node },
    rows: [
      {
        what: 'get',
        against: 'Map.get',
        unit: 'ns',
        figure: summarize([6 * ratio]),
        other: summarize([6]),
        ratio: summarize([ratio]),
        target: { of: 'ratio', atMost, isHeadline: true },
      },
    ],
  });
  const [on20, on24, on26] = [make('v20.1.0', 1.1, 1.2), make('v24.1.0', 1.21, 1.25), make('v26.1.0', 1.3, 1.25)];

  it('Each version has a column, and a target that depends on the version names them', () => {
    const cells = (table: string) => table.split('\n').map((line) => line.split('|').map((cell) => cell.trim()));
    const targets = '≤ 1.2 × (Node 20); ≤ 1.25 × (Node 24, 26)';
    expect(
      cells(targetsByNode([on20, on24, on26]))
        .at(-1)
        ?.slice(1, -1),
    ).toEqual(['`read`', 'get', 'Map.get', targets, '1.1 × reached', '1.21 × reached', '1.3 × MISSED']);
    expect(
      cells(rowsByNode([on20, on26]))
        .at(-1)
        ?.slice(1, -1),
    ).toEqual([
      'get',
      'Map.get',
      '6.6 : 6 ns = 1.1 × (1.1 to 1.1)',
      '7.8 : 6 ns = 1.3 × (1.3 to 1.3) MISSED',
      '≤ 1.2 × (Node 20); ≤ 1.25 × (Node 26)',
    ]);
  });

  it('README quotes Node 24, or the newest version without it', () => {
    const readme = '<!-- performance: begin --><!-- performance: end -->';
    expect(withPerformance(readme, [on20, on24, on26])).toContain('1.21 ×');
    expect(withPerformance(readme, [on20, on26])).toContain('1.3 ×');
    expect(quotedResults([on20, on24, on26])).toEqual([on24]);
  });

  it('Two equal rows of one result are an error', () => {
    const twice = { ...on20, rows: [...on20.rows, ...on20.rows] };
    expect(() => rowsByNode([twice])).toThrow('The rows of read must differ');
  });
});
