/** Tests that each edit with which long commands make variants of the library has its place in the sources. */
import { cpSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { PLANTED } from '../faults/planted.mjs';
import { STATE_EDITS } from '../faults/state.mjs';
import { EDITS } from '../faults/steps.mjs';
import { TRIAL_EDITS } from '../outages/engine.mjs';
import { CASES } from '../overload/engine.mjs';
import { temporaryDirectory } from '../support/base.js';
import { applyEdits, type Edit, hashSources } from '../support/make-variant.mjs';

/** All variants, each with the edits that its command applies one after the other. */
const VARIANTS: readonly { readonly name: string; readonly edits: readonly Edit[] }[] = [
  { name: 'the watcher stopped at a step', edits: EDITS },
  { name: 'a process killed at a step of its state directory', edits: STATE_EDITS },
  { name: 'outages with a short trial', edits: TRIAL_EDITS },
  ...PLANTED.map(({ name, edits, steps }) => ({ name, edits: steps === undefined ? edits : [...EDITS, ...edits] })),
  ...CASES.flatMap(({ name, edits }) => (edits === undefined ? [] : [{ name, edits }])),
];

describe('variants of the library', () => {
  it.each(VARIANTS)('Each edit has its place in the sources: $name', ({ edits }) => {
    expect(applyEdits(edits).size).toBeGreaterThan(0);
  });

  it('A kept build is not used once a source, its name or a package changes', () => {
    const root = fileURLToPath(new URL('../..', import.meta.url));
    const directory = temporaryDirectory();
    for (const path of ['esbuild.config.mjs', 'package-lock.json', 'package.json', 'src', 'tsconfig.json', 'workers'])
      cpSync(join(root, path), join(directory, path), { recursive: true });
    const hashes = [hashSources(directory)];
    expect(hashes).toEqual([hashSources(root.replace(/\/$/, ''))]);
    const changes = [
      () => writeFileSync(join(directory, 'workers/poll/loop.ts'), ' ', { flag: 'a' }),
      () => renameSync(join(directory, 'src/common/text.ts'), join(directory, 'src/common/texts.ts')),
      () => writeFileSync(join(directory, 'package-lock.json'), ' ', { flag: 'a' }),
      () => writeFileSync(join(directory, 'esbuild.config.mjs'), ' ', { flag: 'a' }),
    ];
    for (const change of changes) {
      change();
      hashes.push(hashSources(directory));
    }
    expect(new Set(hashes).size).toBe(hashes.length);
  });
});
