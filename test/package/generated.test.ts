/** Tests that src/codec/generated/ is the output of flatc for segment.fbs, and that the check for it works. */
import { spawnSync } from 'node:child_process';
import { appendFileSync, cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
/** A copy of the script's files, so that changes do not affect concurrent tests. */
let copy: string;

/** Long enough to install the compiler. */
const TIMEOUT = 180_000;

function generate(directory: string, ...args: string[]): { status: number | null; stderr: string } {
  const script = join(directory, 'scripts/generate-snapshot.mjs');
  const { status, stderr } = spawnSync(process.execPath, [script, ...args], { encoding: 'utf8' });
  return { status, stderr };
}

beforeAll(() => {
  copy = mkdtempSync(join(tmpdir(), 'generated-test-'));
  for (const part of ['scripts/generate-snapshot.mjs', 'src/codec']) {
    cpSync(join(root, part), join(copy, part), { recursive: true });
  }
  // node_modules contains the installed compiler.
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
});

afterAll(() => rmSync(copy, { recursive: true, force: true }));

describe('npm run generate', { timeout: TIMEOUT }, () => {
  it('--check finds the committed code up to date', () => {
    expect(generate(root, '--check')).toStrictEqual({ status: 0, stderr: '' });
  });

  it('--check names each file that differs and changes none', () => {
    const generated = join(copy, 'src/codec/generated');
    appendFileSync(join(generated, 'value.ts'), '// altered\n');
    rmSync(join(generated, 'kind.ts'));
    writeFileSync(join(generated, 'stray.ts'), '');

    const { status, stderr } = generate(copy, '--check');
    expect(status).toBe(1);
    expect(stderr.split('\n').slice(1, -1)).toStrictEqual([
      '  kind.ts is missing',
      '  stray.ts is not generated any more',
      '  value.ts differs',
    ]);
    expect(readFileSync(join(generated, 'value.ts'), 'utf8')).toContain('// altered');
  });

  it('--check notices a change of the schema', () => {
    generate(copy);
    expect(generate(copy, '--check').status).toBe(0);
    const schema = join(copy, 'src/codec/segment.fbs');
    writeFileSync(schema, readFileSync(schema, 'utf8').replace('number: double;', 'number: double; more: string;'));

    const { status, stderr } = generate(copy, '--check');
    expect(status).toBe(1);
    expect(stderr).toContain('value.ts differs');
    generate(copy);
    expect(generate(copy, '--check').status).toBe(0);
  });

  it('The script reports a missing python3', () => {
    const bare = mkdtempSync(join(tmpdir(), 'generated-test-'));
    try {
      cpSync(join(root, 'scripts'), join(bare, 'scripts'), { recursive: true });
      const script = join(bare, 'scripts/generate-snapshot.mjs');
      const options = { encoding: 'utf8', env: { PATH: bare } } as const;
      const { status, stderr } = spawnSync(process.execPath, [script, '--check'], options);
      expect(status).toBe(2);
      expect(stderr).toBe('Generating the snapshot code needs python3, which is not installed.\n');
    } finally {
      rmSync(bare, { recursive: true, force: true });
    }
  });
});
