/** Tests that no name, value, path or argument can control the terminal that shows the output of a command. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { run } from '../../src/cli/run.js';
import { temporaryDirectory } from '../support/base.js';

/** All that a terminal may act on, or that changes the order of what it shows; and a line that pretends to be ours. */
const HOSTILE =
  'a\u001b[31m\u009b31m\u0007\u0085\u007f\r\nFORGED\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e' +
  '\u2066\u2067\u2068\u2069\u2028FORGED\u2029FORGED\ufeff';
/** The same without line breaks, for what the caller of the command writes: nobody forges lines for themselves. */
const OWN = HOSTILE.replaceAll(/[\r\n]/g, '');
const RAW = /(?![\n\t])[\p{Cc}\p{Bidi_Control}\u2028\u2029\ufeff]/u;

const FLAG = {
  owner: { team: HOSTILE },
  created_at: '2026-01-01',
  segments: [{ name: HOSTILE, conditions: [{ property: HOSTILE, operator: 'in', value: [HOSTILE] }] }],
};
const SCHEMA = {
  version: '1.0',
  type: 'object',
  properties: {
    [HOSTILE]: { type: 'string', default: HOSTILE, description: HOSTILE },
    struct: {
      type: 'object',
      additionalProperties: { type: 'string' },
      default: { [HOSTILE]: HOSTILE },
      description: '',
    },
    [`feature.${HOSTILE}`]: { $ref: '#/definitions/Feature' },
  },
};
const VALUES = { [HOSTILE]: `${HOSTILE}!`, [`feature.${HOSTILE}`]: FLAG, [`unknown${HOSTILE}`]: 1 };

/** JSON with escapes, since YAML does not allow all characters unescaped. */
function toAscii(value: unknown): string {
  return JSON.stringify(value).replaceAll(
    /[^ -~]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

/** Makes a base directory, and the sources of its values, below a directory with a hostile name. */
function makeTree(): { base: string; other: string; root: string; broken: string } {
  const top = join(temporaryDirectory(), OWN);
  const [base, other, root, broken] = ['base', 'other', 'root', 'broken'].map((name) => join(top, name));
  if (base === undefined || other === undefined || root === undefined || broken === undefined) throw new Error();
  write(join(base, 'schemas/seer/schema.json'), toAscii(SCHEMA));
  write(join(base, 'values/seer/values.json'), toAscii({ options: VALUES, generated_at: HOSTILE }));
  write(join(other, 'values/seer/values.json'), toAscii({ options: { struct: { [HOSTILE]: 'x' } } }));
  write(join(root, 'seer/default', `${HOSTILE}.yaml`), toAscii({ options: VALUES }));
  write(join(broken, 'schemas', HOSTILE, 'schema.json'), '{');
  write(join(broken, 'schemas/seer/schema.json'), toAscii({ [HOSTILE]: 1, properties: { [HOSTILE]: HOSTILE } }));
  write(join(broken, 'root/seer', HOSTILE, `${HOSTILE}.yaml`), toAscii({ options: { [HOSTILE]: 1 }, [HOSTILE]: 1 }));
  write(join(broken, 'root/seer/default/values.yaml'), toAscii({ options: { [HOSTILE]: { [HOSTILE]: HOSTILE } } }));
  write(join(broken, 'root', HOSTILE, 'default/values.yml'), '{');
  return { base, other, root, broken };
}

/** Runs a command in this thread, and returns what it writes to stdout and stderr. */
async function capture(args: readonly string[]): Promise<string> {
  let text = '';
  for (const stream of [process.stdout, process.stderr]) {
    vi.spyOn(stream, 'write').mockImplementation((chunk: unknown, ...rest: unknown[]) => {
      text += String(chunk);
      const callback = rest.at(-1);
      if (typeof callback === 'function') callback();
      return true;
    });
  }
  try {
    await run(args);
  } finally {
    vi.restoreAllMocks();
  }
  return text;
}

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

describe('the output of a command', () => {
  type Tree = ReturnType<typeof makeTree>;
  it.each<[string, (tree: Tree) => string[]]>([
    ['get', ({ base }) => ['get', 'seer', '--dir', base]],
    ['get --json', ({ base }) => ['get', 'seer', '--json', '--dir', base]],
    ['get of an unknown option', ({ base }) => ['get', 'seer', `b${OWN}`, '--dir', base]],
    ['status', ({ base }) => ['status', '--dir', base]],
    [
      'explain',
      ({ base }) => ['explain', 'seer', HOSTILE, '--dir', base, '--context', toAscii({ [HOSTILE]: HOSTILE })],
    ],
    ['diff', ({ base, other }) => ['diff', base, other]],
    ['diff --json', ({ base, other }) => ['diff', base, other, '--json']],
    ['doctor', ({ base }) => ['doctor', '--dir', base]],
    ['doctor with broken schemas', ({ broken }) => ['doctor', '--dir', broken]],
    ['generate-types', ({ base }) => ['generate-types', '--schemas', join(base, 'schemas')]],
    ['validate-schema', ({ base }) => ['validate-schema', '--schemas', join(base, 'schemas')]],
    ['validate-schema with broken schemas', ({ broken }) => ['validate-schema', '--schemas', join(broken, 'schemas')]],
    ['validate-values', ({ base, root }) => ['validate-values', '--schemas', join(base, 'schemas'), '--root', root]],
    [
      'validate-values with broken values',
      ({ base, broken }) => ['validate-values', '--schemas', join(base, 'schemas'), '--root', join(broken, 'root')],
    ],
    [
      'write',
      ({ base, root }) => ['write', '--schemas', join(base, 'schemas'), '--root', root, '--out', join(root, HOSTILE)],
    ],
    ['check-option-usage', ({ root }) => ['check-option-usage', '--deletions', `seer:${HOSTILE}`, '--root', root]],
    ['an unknown command', () => [OWN]],
    ['an unknown argument', () => ['get', `--${OWN}`]],
    ['an invalid value', () => ['write', '--output-format', OWN]],
  ])('%s shows no control character and no forged line', async (_name, args) => {
    const text = await capture(args(makeTree()));
    expect(text).not.toBe('');
    expect(RAW.exec(text)).toBeNull();
    expect(text).not.toMatch(/^\s*FORGED/m);
  });

  it('write escapes a ConfigMap only on a terminal', async () => {
    const { base, root } = makeTree();
    const place = ['--schemas', join(base, 'schemas'), '--root', root, '--namespace', 'seer', '--target', 'default'];
    const args = ['write', ...place, '--output-format', 'configmap', '--quiet'];
    const piped = await capture(args);
    expect(piped).toContain('\u202e');
    const isTTY = process.stdout.isTTY;
    process.stdout.isTTY = true;
    try {
      expect(RAW.exec((await capture(args)).replaceAll('\u001b[', ''))).toBeNull();
    } finally {
      process.stdout.isTTY = isTTY;
    }
  });
});
