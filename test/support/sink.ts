/** Runs a fake Sentry ingest server (`test/fixtures/sink.mjs`) and collects the envelopes that it receives. */
import { type ChildProcess, spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

/** How the server responds to an envelope. */
export type SinkMode =
  | 'ok'
  | 'slow'
  | 'drip'
  | 'hang'
  | 'hold'
  | '429'
  | '500'
  | 'reset'
  | 'garbage'
  | 'switch'
  | 'tls';

/** A received envelope. */
export interface Arrival {
  readonly method: string;
  readonly url: string;
  readonly headers: Record<string, string>;
  readonly header: Record<string, unknown>;
  // biome-ignore lint/suspicious/noExplicitAny: JSON whose shape each test knows.
  readonly items: readonly { readonly type: string; readonly payload: any }[];
}

const SCRIPT = fileURLToPath(new URL('../fixtures/sink.mjs', import.meta.url));

/** A running server, which ends when the test ends. */
export class Sink {
  readonly arrivals: Arrival[] = [];
  /** How many connections the client ended before it sent anything; only in the mode `tls`. */
  rejections = 0;
  readonly #mode: SinkMode;
  readonly #news = new EventEmitter();
  readonly #child: ChildProcess;
  #port = 0;

  private constructor(mode: SinkMode) {
    const child = spawn(process.execPath, [SCRIPT, mode], { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#child = child;
    this.#mode = mode;
    createInterface({ input: child.stdout }).on('line', (line) => {
      const message = JSON.parse(line);
      if (this.#port === 0) this.#port = message.port;
      else if (message === 'rejected') this.rejections++;
      else this.arrivals.push(message);
      this.#news.emit('news');
    });
    onTestFinished(() => this.end());
  }

  static async start(mode: SinkMode = 'ok'): Promise<Sink> {
    const sink = new Sink(mode);
    await sink.until(() => sink.#port !== 0);
    return sink;
  }

  /** Returns the DSN of a project on this server. */
  dsn(project: number): string {
    return `${this.#mode === 'tls' ? 'https' : 'http'}://public@127.0.0.1:${this.#port}/${project}`;
  }

  /** All received events of all types. */
  // biome-ignore lint/suspicious/noExplicitAny: as above.
  get events(): any[] {
    return this.arrivals.flatMap(({ items }) => items.map(({ payload }) => payload));
  }

  /** Resolves when `isReached()` is true after an envelope arrives; the test's timeout is the deadline. */
  async until(isReached: () => boolean): Promise<void> {
    while (!isReached()) await once(this.#news, 'news');
  }

  /** Releases all held responses of a server in the mode `hold`. */
  release(): void {
    this.#child.stdin?.write('release\n');
  }

  /** Ends the server, so that its address is unused. Resolves when all its output has been read. */
  async end(): Promise<void> {
    if (this.#child.exitCode !== null) return;
    const closed = once(this.#child, 'close');
    this.#child.stdin?.end();
    await closed;
  }
}
