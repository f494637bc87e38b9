/** Processes of the Prometheus example, each with a ConfigMap's volume of its own, as the pods of a deployment have. */
import { execFileSync } from 'node:child_process';
import {
  closeSync,
  constants,
  copyFileSync,
  linkSync,
  mkdirSync,
  openSync,
  realpathSync,
  renameSync,
  symlinkSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ConfigMapVolume } from 'sentry-options/testing';
import { Base, integer, temporaryDirectory } from '../support/base.js';
import { installExample } from '../support/example.js';
import { makeVariant } from '../support/make-variant.mjs';
import { Program } from '../support/program.js';

const CRASH_ON_SIGNAL = fileURLToPath(new URL('../fixtures/crash-on-signal.mjs', import.meta.url));

/** In this build, opening a FIFO blocks, as opening a file does on a network mount whose server is gone. */
const BLOCKING = {
  file: 'src/files/read.ts',
  from: 'constants.O_RDONLY | constants.O_NONBLOCK',
  to: 'constants.O_RDONLY',
};

/** One process. It ends when the test ends. */
export class Pod {
  readonly base = new Base({ shop: { size: integer(1) } });
  readonly volume = new ConfigMapVolume(join(this.base.directory, 'values/shop'));
  readonly #folder: string;
  readonly port: number;
  #program: Program | undefined;

  private constructor(folder: string, port: number) {
    this.#folder = folder;
    this.port = port;
  }

  /** Starts the example on the values `text`. */
  static async start(text: string, folder?: string): Promise<Pod> {
    const pod = new Pod(folder ?? (await installExample('prometheus')), await findPort());
    pod.volume.write({ 'values.json': text });
    await pod.start();
    return pod;
  }

  /** Starts the process; again, as a container starts again, if it has ended. */
  async start(): Promise<void> {
    const program = new Program(process.execPath, ['--import', CRASH_ON_SIGNAL, 'main.mjs'], {
      cwd: this.#folder,
      env: { PATH: process.env.PATH, PORT: String(this.port), SENTRY_OPTIONS_DIR: this.base.directory },
    });
    await program.until(() => program.stdout.length > 0);
    this.#program = program;
  }

  /** Crashes the watcher thread. The process goes on. */
  async crashWatcher(): Promise<void> {
    const program = this.#program as Program;
    program.child.kill('SIGUSR2');
    await program.until(() => program.stderr.some((line) => line.includes('panicked')));
  }

  /** Ends the process as the kubelet does, and starts it again. */
  async restart(): Promise<void> {
    this.#program?.child.kill('SIGTERM');
    await this.#program?.closed();
    await this.start();
  }
}

/** Makes a folder of the example in which the opening of a FIFO blocks. */
export async function makeBlockingExample(): Promise<string> {
  const library = temporaryDirectory();
  await makeVariant(library, [BLOCKING]);
  const folder = join(library, 'examples/prometheus');
  mkdirSync(join(folder, 'node_modules'), { recursive: true });
  const example = await installExample('prometheus');
  copyFileSync(join(example, 'main.mjs'), join(folder, 'main.mjs'));
  symlinkSync(join(example, 'node_modules/@opentelemetry'), join(folder, 'node_modules/@opentelemetry'));
  symlinkSync(library, join(folder, 'node_modules/sentry-options'));
  return folder;
}

/** Replaces the values file in a volume by one whose opening blocks. Returns a function that lets it return. */
export function blockReads({ base, volume }: Pod): () => void {
  const fifo = join(base.directory, 'fifo');
  execFileSync('mkfifo', [fifo]);
  linkSync(fifo, `${fifo}.link`);
  renameSync(`${fifo}.link`, realpathSync(join(volume.directory, 'values.json')));
  // Throws ENXIO if no process waits for the FIFO.
  return () => closeSync(openSync(fifo, constants.O_WRONLY | constants.O_NONBLOCK));
}

/** Finds a TCP port that is free now. */
export async function findPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}
