/** Wrong mounts as a pod has them: real bind mounts, in a mount namespace of their own, and another user than root. */
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

/** What `commands` of a shell print that has mounts of its own, and may mount whatever it likes. */
async function withMounts(commands: string, env: Record<string, string>) {
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

describe.runIf(mayMount())('a mount (skipped where neither root nor user namespaces may mount)', () => {
  it('of a single file is warned of, once, with what to do', async () => {
    const base = new Base({ relay: { on: integer(0) }, seer: { number: integer(1) } });
    const [relay, seer] = [base.valuesFile('relay'), base.valuesFile('seer')];
    base.writeValues('relay', { on: 1 });
    base.writeValues('seer', { number: 2 });
    const source = join(base.directory, 'source.json');
    writeFileSync(source, '{"options": {"number": 3}}');
    // The other one is mounted as it should be: as a directory.
    const commands = `mount --bind "$SOURCE" "${seer}"\nmount --bind "${dirname(relay)}" "${dirname(relay)}"`;
    const told = await withMounts(commands, { SOURCE: source, SENTRY_OPTIONS_DIR: base.directory });
    expect(told.warnings).toEqual([
      expect.stringMatching(
        /seer\/values\.json is mounted as a single file \(as with `subPath`\), .* without `subPath`\.$/,
      ),
    ]);
    expect(told.messages).toEqual(told.warnings.map((warning) => `warn ${warning}`));
  });

  it('that is missing in a pod is warned of', async () => {
    const base = new Base({ seer: { number: integer(1) } });
    base.writeValues('seer', { number: 2 });
    // The production path, in a file system of this process's own. Node needs nothing else of it.
    const commands = `cp -a "$BASE" "$BASE-copy"
      mount -t tmpfs none /etc
      cp -a "$BASE-copy" /etc/sentry-options
      rm -r "$BASE-copy"`;
    const told = await withMounts(commands, { BASE: base.directory });
    expect(told.directory).toBe('/etc/sentry-options');
    expect(told.warnings).toEqual([
      expect.stringMatching(/^\/etc\/sentry-options\/values\/seer is not a ConfigMap volume \(it has no `\.\.data`\)/),
    ]);
    expect(told.messages).toEqual(told.warnings.map((warning) => `warn ${warning}`));
  });
});

describe.runIf(process.getuid?.() === 0)(
  'a directory closed to this user (skipped but for root: a unit test asks)',
  () => {
    it('is told of once, and is in the status', async () => {
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
      // The rejection itself was thrown by refresh(), and is not logged as well.
      expect(messages).toEqual([`warn ${warnings[0]}`]);
    });
  },
);
