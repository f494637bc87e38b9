/** Tests scripts/check-release.mjs, which checks a repository before a release. */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { temporaryDirectory } from '../support/base.js';
import { root } from '../support/pages.js';

/** Runs the script on a repository with that manifest and that heading in its changelog. */
function check(tag: string, manifest: object, heading: string): { status: number | null; messages: string[] } {
  const folder = temporaryDirectory();
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest));
  writeFileSync(join(folder, 'CHANGELOG.md'), `# Changelog\n\n## ${heading}\n\n## [0.1.0] - 2026-01-21\n`);
  const script = join(root, 'scripts/check-release.mjs');
  const { status, stderr } = spawnSync(process.execPath, [script, tag, folder], { encoding: 'utf8' });
  return { status, messages: stderr.split('\n').filter((line) => line !== '') };
}

const repository = 'github:example/sentry-options';

it('The check passes if tag, version and changelog agree and the repository is named', () => {
  expect(check('v1.2.3', { version: '1.2.3', repository }, '[1.2.3] - 2026-02-01')).toEqual({
    status: 0,
    messages: [],
  });
});

it('The check reports all issues at once', () => {
  expect(check('v1.2.4', { version: '1.2.3' }, '[1.2.3] - Unreleased')).toEqual({
    status: 1,
    messages: [
      "The tag is 'v1.2.4', but package.json has the version 1.2.3.",
      "CHANGELOG.md begins with '[1.2.3] - Unreleased'; it has to be '[1.2.3] - ' and the date.",
      'package.json names no repository, without which there is no provenance.',
    ],
  });
  // The version is no pattern: its dots match only dots.
  expect(check('v1.2.3', { version: '1.2.3', repository }, '[1x2.3] - 2026-02-01').status).toBe(1);
});
