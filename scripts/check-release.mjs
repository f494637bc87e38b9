/**
 * Checks whether this commit can be released as the tag `v1.2.3`: `node scripts/check-release.mjs v1.2.3`. Prints
 * everything that is missing, and exits with 1 if anything is. The workflow runs it before it publishes.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = process.argv[3] ?? fileURLToPath(new URL('..', import.meta.url));
const tag = process.argv[2] ?? '';
const { version, repository } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const topmost = /^## (.+)$/m.exec(readFileSync(join(root, 'CHANGELOG.md'), 'utf8'))?.[1] ?? '';

const missing = [];
if (tag !== `v${version}`) missing.push(`The tag is '${tag}', but package.json has the version ${version}.`);
if (!new RegExp(`^\\[${version.replaceAll('.', '\\.')}\\] - \\d{4}-\\d\\d-\\d\\d$`).test(topmost))
  missing.push(`CHANGELOG.md begins with '${topmost}'; it has to be '[${version}] - ' and the date.`);
if (repository === undefined) missing.push('package.json names no repository, without which there is no provenance.');

for (const line of missing) console.error(line);
process.exitCode = missing.length === 0 ? 0 : 1;
