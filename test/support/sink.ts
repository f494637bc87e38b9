/** An ingest of Sentry's in a process of its own (`test/fixtures/sink.mjs`), and what has reached it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

/** What the sink does with an envelope. */
export type SinkMode = 'ok' | 'slow' | 'drip' | 'hang' | 'hold' | '429' | '500' | 'reset' | 'garbage' | 'switch';

/** An envelope that has arrived. */
export interface Arrival {
  readonly method: string;
  readonly url: string;
  readonly headers: Record<string, string>;
  readonly header: Record<string, unknown>;
  // biome-ignore lint/suspicious/noExplicitAny: JSON, of which each test knows the form.
  readonly items: readonly { readonly type: string; readonly payload: any }[];
}

const SCRIPT = fileURLToPath(new URL('../fixtures/sink.mjs', import.meta.url));

/** A running sink. It ends when the test has finished. */
export class Sink {
  readonly arrivals: Arrival[] = [];
  readonly #news = new EventEmitter();
  readonly #child: ChildProcess;
  #port = 0;

  private constructor(mode: SinkMode) {
    const child = spawn(process.execPath, [SCRIPT, mode], { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#child = child;
    createInterface({ input: child.stdout }).on('line', (line) => {
      const said = JSON.parse(line);
      if (this.#port === 0) this.#port = said.port;
      else this.arrivals.push(said);
      this.#news.emit('news');
    });
    onTestFinished(() => this.end());
  }

  static async start(mode: SinkMode = 'ok'): Promise<Sink> {
    const sink = new Sink(mode);
    await sink.until(() => sink.#port !== 0);
    return sink;
  }

  /** The DSN of a project here. */
  dsn(project: number): string {
    return `http://public@127.0.0.1:${this.#port}/${project}`;
  }

  /** All events that have arrived, of all types. */
  // biome-ignore lint/suspicious/noExplicitAny: as above.
  get events(): any[] {
    return this.arrivals.flatMap(({ items }) => items.map(({ payload }) => payload));
  }

  /** Resolves when `isReached` is true of what has arrived; the test's own time limit is the deadline. */
  async until(isReached: () => boolean): Promise<void> {
    while (!isReached()) await once(this.#news, 'news');
  }

  /** Has a sink that holds its answers back give all of them. */
  release(): void {
    this.#child.stdin?.write('release\n');
  }

  /** Ends it; nobody answers at its address then. Resolves when it has printed all that it had to say. */
  async end(): Promise<void> {
    if (this.#child.exitCode !== null) return;
    const closed = once(this.#child, 'close');
    this.#child.stdin?.end();
    await closed;
  }
}
