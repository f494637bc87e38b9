/** Runs the YAML language server as an editor does: a process, asked over stdin and stdout by the protocol. */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import { pathToFileURL } from 'node:url';

/** A place in a document, from 0. */
interface Position {
  readonly line: number;
  readonly character: number;
}

/** What the server says of a range. Severity 1 is an error, 2 a warning. */
export interface Diagnostic {
  readonly range: { readonly start: Position };
  readonly severity: number;
  readonly message: string;
}

/** One entry of a list of completions. */
export interface Completion {
  readonly label: string;
  readonly insertText?: string;
  readonly documentation?: string | { readonly kind: string; readonly value: string };
}

interface Message {
  readonly id?: number;
  readonly method?: string;
  // biome-ignore lint/suspicious/noExplicitAny: JSON whose shape each request knows.
  readonly params?: any;
  readonly result?: unknown;
  readonly error?: { readonly message: string };
}

/** A running server. */
export class YamlServer {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #news = new EventEmitter();
  readonly #settings: Readonly<Record<string, unknown>>;
  readonly #answers = new Map<number, Message>();
  readonly #diagnostics = new Map<string, readonly Diagnostic[]>();
  #requests = 0;
  #pending = Buffer.alloc(0);

  private constructor(program: string, settings: Readonly<Record<string, unknown>>) {
    this.#settings = settings;
    this.#child = spawn(process.execPath, [program, '--stdio'], { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#child.stdout.on('data', (chunk: Buffer) => this.#read(chunk));
    this.#news.setMaxListeners(0);
  }

  /**
   * Starts `program` in the workspace `folder`.
   *
   * @param settings as an editor reads them from its settings, such as `yaml.schemas`, without `yaml.`
   */
  static async start(
    program: string,
    folder: string,
    settings: Readonly<Record<string, unknown>>,
  ): Promise<YamlServer> {
    const server = new YamlServer(program, settings);
    const uri = pathToFileURL(folder).href;
    await server.ask('initialize', {
      processId: process.pid,
      rootUri: uri,
      workspaceFolders: [{ uri, name: 'workspace' }],
      capabilities: {
        workspace: { configuration: true, didChangeConfiguration: { dynamicRegistration: true } },
        textDocument: {
          completion: { completionItem: { documentationFormat: ['markdown', 'plaintext'] } },
          hover: { contentFormat: ['markdown', 'plaintext'] },
        },
      },
    });
    server.#send({ method: 'initialized', params: {} });
    return server;
  }

  /** Opens a document, and returns what the server says of it. */
  async check(uri: string, text: string): Promise<readonly Diagnostic[]> {
    this.#send({
      method: 'textDocument/didOpen',
      params: { textDocument: { uri, languageId: 'yaml', version: 1, text } },
    });
    return await this.until(() => this.#diagnostics.get(uri));
  }

  /** Returns what the server has last said of a document. */
  diagnosticsOf(uri: string): readonly Diagnostic[] | undefined {
    return this.#diagnostics.get(uri);
  }

  /** Sends a request, and returns its result. */
  // biome-ignore lint/suspicious/noExplicitAny: as above.
  async ask(method: string, params: unknown): Promise<any> {
    const id = ++this.#requests;
    this.#send({ id, method, params });
    const { result, error } = await this.until(() => this.#answers.get(id));
    if (error !== undefined) throw new Error(`${method}: ${error.message}`);
    return result;
  }

  /** Resolves with what `find` returns once that is not undefined; the test's timeout is the deadline. */
  async until<T>(find: () => T | undefined): Promise<T> {
    for (;;) {
      const found = find();
      if (found !== undefined) return found;
      await once(this.#news, 'news');
    }
  }

  /** Ends the process. */
  async end(): Promise<void> {
    const closed = once(this.#child, 'close');
    this.#child.kill();
    await closed;
  }

  #send(message: Message): void {
    const text = JSON.stringify({ jsonrpc: '2.0', ...message });
    this.#child.stdin.write(`Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`);
  }

  #read(chunk: Buffer): void {
    this.#pending = Buffer.concat([this.#pending, chunk]);
    for (;;) {
      const end = this.#pending.indexOf('\r\n\r\n');
      if (end < 0) return;
      const length = Number(/Content-Length: (\d+)/.exec(this.#pending.toString('latin1', 0, end))?.[1]);
      if (this.#pending.length < end + 4 + length) return;
      this.#receive(JSON.parse(this.#pending.toString('utf8', end + 4, end + 4 + length)));
      this.#pending = this.#pending.subarray(end + 4 + length);
    }
  }

  #receive({ id, method, params, ...answer }: Message): void {
    if (method === 'textDocument/publishDiagnostics') this.#diagnostics.set(params.uri, params.diagnostics);
    else if (method === undefined && id !== undefined) this.#answers.set(id, answer);
    else if (method === 'workspace/configuration' && id !== undefined) {
      const sections: readonly { readonly section: string }[] = params.items;
      this.#send({ id, result: sections.map(({ section }) => (section === 'yaml' ? this.#settings : null)) });
    } else if (id !== undefined) this.#send({ id, result: null });
    this.#news.emit('news');
  }
}
