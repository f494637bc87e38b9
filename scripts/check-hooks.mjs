/**
 * Runs the hooks of `.pre-commit-hooks.yaml` with pre-commit, as the repository of a service would: `npm run
 * test:hooks`. pre-commit installs this repository from git, so this also checks that such an installation works.
 */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const PRE_COMMIT = 'pre-commit==4.7.0';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'sentry-options-hooks-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));

/** Without the user's configuration of git, and with a cache of pre-commit's own. */
const env = {
  PATH: process.env.PATH,
  HOME: process.env.HOME,
  PRE_COMMIT_HOME: join(folder, 'cache'),
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_SYSTEM: '/dev/null',
  GIT_AUTHOR_NAME: 'a',
  GIT_AUTHOR_EMAIL: 'a@example.org',
  GIT_COMMITTER_NAME: 'a',
  GIT_COMMITTER_EMAIL: 'a@example.org',
};
const run = (command, args, cwd = folder) => execFileSync(command, args, { cwd, env, encoding: 'utf8' }).trim();

run('python3', ['-m', 'venv', 'python']);
run('python/bin/python', ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', PRE_COMMIT]);

// The files as they are now, whether or not they are committed.
const hooks = commit(join(folder, 'hooks'), (clone) => {
  for (const file of run('git', ['ls-files', '--cached', '--others', '--exclude-standard'], root).split('\n')) {
    if (!existsSync(join(root, file))) continue;
    mkdirSync(dirname(join(clone, file)), { recursive: true });
    copyFileSync(join(root, file), join(clone, file));
  }
});
const service = join(folder, 'service');
const write = (path, text) => {
  mkdirSync(dirname(join(service, path)), { recursive: true });
  writeFileSync(join(service, path), text);
};
const schema = (value) =>
  `{"version": "1.0", "type": "object", "properties": {"limit": {"type": "integer", "default": ${value}, "description": "a limit"}}}`;
commit(service, () => {
  const list = ['validate-schema', 'validate-values'].map((id) => `      - id: ${id}\n`).join('');
  const repo = `  - repo: ${join(folder, 'hooks')}\n    rev: ${hooks}\n    hooks:\n${list}`;
  write('.pre-commit-config.yaml', `repos:\n${repo}`);
  write('sentry-options/schemas/shop/schema.json', schema(1));
  write('option-values/shop/default/values.yaml', 'options: {limit: 2}\n');
});

const from = performance.now();
expectHooks(0, /validate option schemas\.+Passed\nvalidate option values\.+Passed\n/);
console.log(`The hooks pass; with the installation, they took ${((performance.now() - from) / 1000).toFixed(0)} s`);

write('option-values/shop/default/values.yaml', 'options: {limit: many}\n');
expectHooks(1, /schemas\.+Passed\nvalidate option values\.+Failed\n[\s\S]*\tlimit "many" is not of type "integer"/);
write('sentry-options/schemas/shop/schema.json', schema('"x"'));
expectHooks(1, /schemas\.+Failed\n[\s\S]*limit default value does not match schema[\s\S]*values\.+Failed\n/);
console.log('The hooks fail for an invalid value and an invalid schema');

/** Creates a repository with the files that `fill` writes, and returns its commit. */
function commit(directory, fill) {
  mkdirSync(directory);
  run('git', ['init', '-q', '-b', 'main'], directory);
  fill(directory);
  run('git', ['add', '-A'], directory);
  run('git', ['commit', '-q', '-m', 'a commit'], directory);
  return run('git', ['rev-parse', 'HEAD'], directory);
}

function expectHooks(code, output) {
  const { status, stdout, stderr } = spawnSync(
    join(folder, 'python/bin/pre-commit'),
    ['run', '--all-files', '--color=never'],
    { cwd: service, env, encoding: 'utf8' },
  );
  assert.equal(status, code, `${stdout}${stderr}`);
  assert.match(stdout, output);
}
