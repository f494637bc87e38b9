/** Tests the benchmarks' own code: each benchmark, run too briefly for meaningful figures, and the shared tools. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';

interface Figure {
  readonly median: number;
  readonly low: number;
  readonly high: number;
  readonly count: number;
}

interface Row {
  readonly what: string;
  readonly figure: Figure;
  readonly against?: string;
  readonly ratio?: Figure;
  readonly target?: object;
}

interface Result {
  readonly name: string;
  readonly machine: { readonly node: string };
  readonly rows: readonly Row[];
  readonly growths: readonly { readonly slope: number; readonly law: string }[];
  readonly pictures: readonly { readonly title: string }[];
}

// By a variable, since they have no declarations.
const load = (path: string) => import(new URL(`../../bench/${path}`, import.meta.url).href);
const { QUESTIONS, draw, readResults, writePage, writeResult } = await load('lib/report.mjs');
const { withPerformance } = await load('lib/performance.mjs');
const { describeMachine, NODE, nodeOf } = await load('lib/machine.mjs');
const { isReached, growth, line } = await load('lib/rows.mjs');
const { quantile, ratios, slope, summarize } = await load('lib/statistics.mjs');
const { timeInTurn } = await load('lib/rounds.mjs');

const folder = mkdtempSync(join(tmpdir(), 'bench-results-'));
afterAll(() => rmSync(folder, { recursive: true }));

function expectFigure({ median, low, high, count }: Figure): void {
  expect(count).toBeGreaterThan(0);
  expect([low <= median, median <= high, Number.isFinite(low), Number.isFinite(high)]).toEqual([
    true,
    true,
    true,
    true,
  ]);
}

/** Whether each tag of an SVG is closed by its own. */
function isBalanced(svg: string): boolean {
  const open: string[] = [];
  for (const [, closes, name = '', closed] of svg.matchAll(/<(\/?)([a-zA-Z]+)(?:"[^"]*"|[^>"])*?(\/?)>/g)) {
    if (closes) {
      if (open.pop() !== name) return false;
    } else if (!closed) open.push(name);
  }
  return open.length === 0;
}

describe('a benchmark', () => {
  it.each(QUESTIONS as string[])('The benchmark %s returns rows, pictures and data', async (name) => {
    const question = await load(`${name}.mjs`);
    const steps: [number, number][] = [];
    const answer = await question.run(question.tiny, (done: number, total: number) => steps.push([done, total]));
    const result: Result = {
      name,
      title: question.title,
      machine: describeMachine(),
      growths: [],
      pictures: [],
      remarks: [],
      ...answer,
    };

    expect(steps.length).toBeGreaterThan(0);
    expect(steps.every(([done, total]) => done < total)).toBe(true);
    expect(result.rows.length).toBeGreaterThan(0);
    for (const row of result.rows) {
      expectFigure(row.figure);
      expect(row.ratio === undefined).toBe(row.against === undefined);
      if (row.ratio !== undefined) expectFigure(row.ratio);
    }
    expect(result.rows.some(({ target }) => target !== undefined)).toBe(true);
    for (const { slope } of result.growths) expect(Number.isFinite(slope)).toBe(true);

    // Nothing grows with anything there, so there is nothing to draw.
    expect(result.pictures.length > 0).toBe(!['ask', 'usage', 'sentry', 'memory'].includes(name));
    for (const picture of result.pictures) {
      const svg: string = draw(picture);
      expect(isBalanced(svg)).toBe(true);
      expect(svg).toContain(picture.title);
      expect(svg).toContain('prefers-color-scheme:dark');
      expect(svg).not.toMatch(/NaN|undefined|Infinity/);
    }
    writeResult(folder, result);
    const file = join(folder, `node-${NODE}`, `${name}.json`);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(JSON.parse(JSON.stringify(result)));
  });

  it('The page of results shows each benchmark with its pictures', () => {
    const written = readResults(folder) as Result[];
    writePage(folder);
    const page = readFileSync(join(folder, 'README.md'), 'utf8');
    const pictures = readdirSync(folder).filter((file) => file.endsWith('.svg'));
    expect([...page.matchAll(/\]\(([\w-]+\.svg)\)/g)].map((match) => match[1]).sort()).toEqual(pictures.sort());
    for (const { name, rows } of written) {
      expect(page).toContain(`## ${name}: `);
      for (const { what } of rows) expect(page).toContain(what);
    }
  });
});

describe('the committed results', () => {
  const results = new URL('../../bench/results/', import.meta.url).pathname;

  it('The committed results cover all benchmarks and their targets on each version of Node', () => {
    const committed = readResults(results) as Result[];
    expect([...new Set(committed.map(nodeOf))]).toEqual([20, 24, 26]);
    for (const node of new Set(committed.map(nodeOf))) {
      const onNode = committed.filter((result) => nodeOf(result) === node);
      expect(onNode.map(({ name }) => name)).toEqual(QUESTIONS);
      for (const { rows } of onNode) expect(rows.some(({ target }) => target !== undefined)).toBe(true);
    }
  });

  it('The committed page and its pictures are made from the committed results', () => {
    const copy = mkdtempSync(join(tmpdir(), 'bench-page-'));
    for (const result of readResults(results)) writeResult(copy, result);
    writePage(copy);
    const filesOf = (directory: string) => readdirSync(directory).filter((name) => !name.startsWith('node-'));
    expect(filesOf(results)).toEqual(filesOf(copy));
    for (const name of filesOf(copy))
      expect(readFileSync(join(results, name), 'utf8'), name).toBe(readFileSync(join(copy, name), 'utf8'));
    rmSync(copy, { recursive: true });
  });

  it('README quotes the committed results', () => {
    const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
    expect(withPerformance(readme, readResults(results))).toBe(readme);
  });
});

describe('the benchmark tools', () => {
  it('The statistics compute medians, spreads and slopes', () => {
    expect(quantile([5, 1, 3], 0.5)).toBe(3);
    expect(quantile([1, 2], 0.5)).toBe(1.5);
    expect(summarize([0, 10, 5])).toEqual({ median: 5, low: 1, high: 9, count: 3 });
    expect(ratios([6, 8], [3, 2])).toEqual([2, 4]);
    expect(() => ratios([1], [])).toThrow('cannot be divided');
    const points = (power: number) => [1, 10, 100].map((x) => ({ x, median: 3 * x ** power }));
    for (const power of [0, 1, 2]) expect(slope(points(power))).toBeCloseTo(power, 10);
  });

  it('isReached() compares a row with its target, and growth() compares growth with its law', () => {
    const row = { what: '', unit: '', figure: summarize([4]), ratio: summarize([2]) };
    expect(isReached(row)).toBeUndefined();
    expect(isReached({ ...row, target: { of: 'ratio', atMost: 2 } })).toBe(true);
    expect(isReached({ ...row, target: { of: 'ratio', atMost: 1.9 } })).toBe(false);
    expect(isReached({ ...row, target: { of: 'figure', atLeast: 5 } })).toBe(false);
    const linear = line('it', [
      [1, [10]],
      [100, [1000]],
    ]);
    expect(growth(linear, 'linear', { x: 'options' }).isWithin).toBe(true);
    expect(growth(linear, 'flat', { x: 'options' }).isWithin).toBe(false);
  });

  it('timeInTurn() alternates contestants and rejects one whose result changes', async () => {
    const turns: string[] = [];
    const contestant = (name: string) => (passes: number) => {
      turns.push(name);
      const end = performance.now() + 2;
      while (performance.now() < end);
      return passes;
    };
    const rounds = { operations: 1, rounds: 2, warmUpNs: 1 };
    const samples = await timeInTurn({ a: contestant('a'), b: contestant('b') }, rounds);
    // A warm-up of each, then two rounds; the second begins with the other contestant. A turn may be repeated.
    expect(turns.filter((name, index) => name !== turns[index - 1])).toEqual(['a', 'b', 'a', 'b', 'a']);
    expect([samples.a.length, samples.b.length]).toEqual([2, 2]);

    let result = 0;
    const changing = (passes: number) => {
      contestant('changing')(passes);
      return result++;
    };
    await expect(timeInTurn({ changing }, rounds)).rejects.toThrow('changing gave');
  });
});
