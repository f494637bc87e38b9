/** Tests warnings about wrong mounts, with real bind mounts in a mount namespace, and as a user other than root. */
import { execFile, execFileSync } from 'node:child_process';
import { chmodSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { Base, integer } from '../support/base.js';
import { runScript } from '../support/run.js';

const SCRIPT = fileURLToPath(new URL('../fixtures/mounts.mjs', import.meta.url));
const run = promisify(execFile);

/** Runs `commands` and the script in a shell with its own mount namespace, and returns the script's output. */
async function runWithMounts(commands: string, env: Record<string, string>) {
  const { stdout } = await run('unshare', ['-rm', 'sh', '-ec', `${commands}\n"$NODE" "$SCRIPT"`], {
    env: { PATH: process.env.PATH ?? '', NODE: process.execPath, SCRIPT, ...env },
  });
  return JSON.parse(stdout) as { warnings: string[]; messages: string[]; directory: string };
}

function mayMount(): boolean {
  try {
    execFileSync('unshare', ['-rm', 'sh', '-c', 'mount -t tmpfs none /mnt'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

describe.runIf(mayMount())('mount warnings (skipped without permission to mount)', () => {
  it('A mount of a single file causes one warning with a remedy', async () => {
    const base = new Base({ relay: { on: integer(0) }, seer: { number: integer(1) } });
    const [relay, seer] = [base.valuesFile('relay'), base.valuesFile('seer')];
    base.writeValues('relay', { on: 1 });
    base.writeValues('seer', { number: 2 });
    const source = join(base.directory, 'source.json');
    writeFileSync(source, '{"options": {"number": 3}}');
    // The other namespace is mounted correctly, as a directory.
    const commands = `mount --bind "$SOURCE" "${seer}"\nmount --bind "${dirname(relay)}" "${dirname(relay)}"`;
    const output = await runWithMounts(commands, { SOURCE: source, SENTRY_OPTIONS_DIR: base.directory });
    expect(output.warnings).toEqual([
      expect.stringMatching(
        /seer\/values\.json is mounted as a single file \(as with `subPath`\), .* without `subPath`\.$/,
      ),
    ]);
    expect(output.messages).toEqual(output.warnings.map((warning) => `warn ${warning}`));
  });

  it('A missing mount in a pod causes a warning', async () => {
    const base = new Base({ seer: { number: integer(1) } });
    base.writeValues('seer', { number: 2 });
    // Uses the production path in a private file system. Node needs nothing else of /etc.
    const commands = `cp -a "$BASE" "$BASE-copy"
      mount -t tmpfs none /etc
      cp -a "$BASE-copy" /etc/sentry-options
      rm -r "$BASE-copy"`;
    const output = await runWithMounts(commands, { BASE: base.directory });
    expect(output.directory).toBe('/etc/sentry-options');
    expect(output.warnings).toEqual([
      expect.stringMatching(/^\/etc\/sentry-options\/values\/seer is not a ConfigMap volume \(it has no `\.\.data`\)/),
    ]);
    expect(output.messages).toEqual(output.warnings.map((warning) => `warn ${warning}`));
  });
});

describe.runIf(mayMount())('unmounted values (skipped without permission to mount)', () => {
  it('A store keeps its values if their volume goes away, and falls back to its defaults if only a key does', async () => {
    const script = fileURLToPath(new URL('../fixtures/unmounts.mjs', import.meta.url));
    const { stdout } = await run('unshare', ['-rm', process.execPath, script]);
    const gone = { reason: expect.stringContaining('is gone from'), messages: 1 };
    expect(JSON.parse(stdout)).toEqual({
      'umount -l of all values': { away: [1, 'degraded'], back: [2, 'ok'], ...gone },
      'an empty tmpfs over all values': { away: [1, 'degraded'], back: [1, 'ok'], ...gone },
      'umount -l of all values, and a new tmpfs': { away: [1, 'degraded'], back: [2, 'ok'], ...gone },
      'umount -l of one namespace, and a new empty tmpfs': { away: [1, 'degraded'], back: [2, 'ok'], ...gone },
      'umount -l of one namespace, with a file of the image below it': {
        away: [1, 'degraded'],
        back: [2, 'ok'],
        ...gone,
      },
      'umount -l of a ConfigMap, with a file of the image below it': {
        away: [1, 'degraded'],
        back: [1, 'ok'],
        ...gone,
      },
      'umount -l of one namespace, with the same file below it': { away: [1, 'degraded'], back: [2, 'ok'], ...gone },
      'a volume that is mounted over a file of the image': {
        away: [1, 'ok'],
        back: [2, 'ok'],
        reason: null,
        messages: 0,
      },
      'a directory in a volume that another one replaces by a rename': {
        away: [3, 'ok'],
        back: [3, 'ok'],
        reason: null,
        messages: 0,
      },
      'umount -l of a ConfigMap': { away: [1, 'degraded'], back: [1, 'ok'], ...gone },
      'a directory that is deleted under its mount': {
        away: [1, 'degraded'],
        back: [2, 'ok'],
        reason: expect.stringMatching(/^The mount at \S+values\/seer is of a deleted directory: /),
        messages: 1,
      },
      'a key that is deleted from a ConfigMap': { away: [0, 'ok'], back: [0, 'ok'], reason: null, messages: 1 },
    });
  });
});

describe.runIf(mayMount())('a subPath of a directory (skipped without permission to mount)', () => {
  it('A store keeps its values when the kubelet deletes the directory, and one that starts on it says so', async () => {
    const script = fileURLToPath(new URL('../fixtures/sub-paths.mjs', import.meta.url));
    const { stdout } = await run('unshare', ['-rm', process.execPath, script]);
    const dead = (path: string, isPlural = false) =>
      `${isPlural ? 'The mounts at' : 'The mount at'} ${path} ${isPlural ? 'are of deleted directories' : 'is of a deleted directory'}: ` +
      'with `subPath`, the first change of a volume deletes what is mounted. ' +
      'Mount the volume without `subPath`, and restart the pod';
    const warned = (path: string, version: string) =>
      `${path} is mounted by \`subPath\` from one version of a volume (…/${version}), which the kubelet deletes at the ` +
      'first change. Mount the volume as this directory, without `subPath`.';
    const [relay, seer] = ['…/values/relay', '…/values/seer'];
    const warnings = [warned(relay, 'relay'), warned(seer, 'seer')];
    const both = dead(`${relay}, ${seer}`, true);
    expect(JSON.parse(stdout)).toEqual({
      'of namespaces': {
        before: { values: [1, 1], health: 'ok', reason: null },
        after: { values: [1, 1], health: 'degraded', reason: both },
        warnings,
        log: [...warnings, `${both}; the last values stay in use.`],
      },
      'of one namespace, isolated': {
        before: { values: [1, 1], health: 'ok', reason: null },
        after: { values: [2, 1], health: 'degraded', reason: dead(seer) },
        warnings: [warnings[1]],
        log: [warnings[1], `${dead(seer)}; the last values stay in use.`],
        held: dead(seer),
      },
      'of all values': {
        before: { values: [1, 1], health: 'ok', reason: null },
        after: { values: [1, 1], health: 'degraded', reason: dead('…/values') },
        warnings: [warned('…/values', 'values')],
        log: [warned('…/values', 'values'), `${dead('…/values')}; the last values stay in use.`],
      },
      'of the base directory': {
        before: { values: [1, 1], health: 'ok', reason: null },
        after: { values: [1, 1], health: 'degraded', reason: dead('…') },
        warnings: [warned('…', 'base')],
        log: [warned('…', 'base'), `${dead('…')}; the last values stay in use.`],
      },
      'of one namespace, at the start': {
        before: { values: [1, 0], health: 'degraded', reason: dead(seer) },
        after: { values: [2, 0], health: 'degraded', reason: dead(seer) },
        warnings: [],
        log: [`${dead(seer)}; the defaults of seer are in use.`],
        lost: null,
        kept: false,
        fixed: { values: [2, 2], health: 'ok', reason: null },
      },
      'of all values, at the start': {
        before: { values: [0, 0], health: 'degraded', reason: dead('…/values') },
        after: { values: [0, 0], health: 'degraded', reason: dead('…/values') },
        warnings: [],
        log: [`${dead('…/values')}; the defaults of relay, seer are in use.`],
      },
    });
  });
});

describe.runIf(process.getuid?.() === 0)(
  'directory permissions (run by root only; a unit test covers other users)',
  () => {
    it('An inaccessible directory causes one warning, which the status lists', async () => {
      const base = new Base({ seer: { number: integer(1) } });
      base.writeValues('seer', { number: 2 });
      const closed = dirname(base.valuesFile('seer'));
      execFileSync('chown', ['-R', '65534', base.directory]);
      chmodSync(base.directory, 0o755);
      const { stdout, stderr } = await runScript('mounts.mjs', {
        env: { SENTRY_OPTIONS_DIR: base.directory, UID_TO_BE: '65534', CLOSE: closed },
      });
      expect(stderr).toBe('');
      const { warnings, messages } = JSON.parse(stdout);
      expect(warnings).toEqual([
        `User 65534 has no search permission (x) for ${closed}, so the watcher cannot read its values. Mount it ` +
          'with a `defaultMode` that grants the permission, or set `fsGroup` or `runAsUser`.',
      ]);
      // refresh() threw the rejection itself, which is therefore not logged.
      expect(messages).toEqual([`warn ${warnings[0]}`]);
    });
  },
);
