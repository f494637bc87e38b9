/** Processes that can be asked what is live, by `test/fixtures/inspected.mjs`. */
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { type Base, temporaryDirectory } from './base.js';
import { runCliInServer } from './cli-server.js';
import { Program } from './program.js';
import type { Outcome } from './run.js';

const SCRIPT = fileURLToPath(new URL('../fixtures/inspected.mjs', import.meta.url));

/** The sockets of some processes, in a temporary directory of their own. */
export class Machine {
  readonly temporary = temporaryDirectory();
  /** The directory of the sockets. */
  readonly sockets = `${this.temporary}/sentry-options-${process.getuid?.() ?? 'user'}`;

  /**
   * Starts a process on `base`, and resolves as soon as it can be asked.
   *
   * @param what how it blocks its main thread, as `inspected.mjs` has it
   */
  async start(base: Base, what = '', env: Record<string, string> = {}): Promise<InspectedProcess> {
    const program = new Program(process.execPath, [SCRIPT, base.directory, what], {
      cwd: base.directory,
      env: { PATH: process.env.PATH, TMPDIR: this.temporary, ...env },
    });
    await program.until(() => program.stdout.some((line) => line.startsWith('This process can be asked')));
    const pid = String(program.child.pid);
    return { program, pid, socket: `${this.sockets}/${pid}.sock` };
  }

  /** Runs the command line on this machine. */
  async cli(...args: readonly string[]): Promise<Outcome> {
    return await runCliInServer(args, { cwd: this.temporary, env: { TMPDIR: this.temporary } });
  }

  /** Runs the command line, which must succeed, and returns its parsed output. */
  async json(...args: readonly string[]): Promise<never> {
    const { code, stdout, stderr } = await this.cli(...args, '--json');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    return JSON.parse(stdout) as never;
  }
}

/** A process that can be asked. */
export interface InspectedProcess {
  readonly program: Program;
  readonly pid: string;
  readonly socket: string;
}
