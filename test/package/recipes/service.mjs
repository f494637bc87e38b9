/** A recipe's process: starts it, sends requests to it, deploys values, and ends it. */
import { execFile, spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { constants, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';
import { promisify } from 'node:util';
import { ConfigMapVolume } from 'sentry-options/testing';

/** Generous, as the processors may be shared, but shorter than the test's timeout, so that a hang is reported. */
const DEADLINE = 50_000;
const POLL = 20;

/** One recipe, from its start to its end. Use it once. */
export class Service {
  #recipe;
  #folder;
  #volume;
  #child;
  #closed;
  #deadline;
  #hangs = false;
  #url;
  #scratch = mkdtempSync(join(tmpdir(), 'sentry-options-recipe-'));
  #output = new EventEmitter();
  /** Stays open between requests, as a load balancer's connections do. */
  #agent = new Agent({ keepAlive: true });
  #stdout = [];
  stderr = '';

  /** The folder has the recipe and its packages. */
  constructor(recipe, folder) {
    this.#recipe = recipe;
    this.#folder = folder;
    const values = join(folder, 'sentry-options/values/shop');
    this.options = JSON.parse(readFileSync(join(values, 'values.json'), 'utf8')).options;
    rmSync(values, { recursive: true });
    this.#volume = new ConfigMapVolume(values);
    this.#volume.writeValues(this.options);
  }

  /** Resolves when the service has logged its address. */
  async start(env) {
    this.#child = spawn(process.execPath, this.#recipe.start, {
      cwd: this.#folder,
      env: {
        ...env,
        PORT: '0',
        NODE_OPTIONS: `--import=${new URL('./preload.mjs', import.meta.url)}`,
        SENTRY_OPTIONS_TEST_REPORT: join(this.#scratch, 'report'),
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#closed = once(this.#child, 'close');
    this.#deadline = globalThis.setTimeout(() => {
      this.#hangs = true;
      this.#child.kill('SIGKILL');
    }, DEADLINE);
    this.#child.stderr.setEncoding('utf8').on('data', (chunk) => {
      this.stderr += chunk;
    });
    createInterface({ input: this.#child.stdout }).on('line', (line) => {
      this.#stdout.push(line);
      this.#output.emit('line');
    });
    this.#child.once('close', () => this.#output.emit('line'));
    const findAddress = () => this.#stdout.map((line) => /http:\/\/[^\s"]+:\d+/.exec(line)?.[0]).find(Boolean);
    await this.#until(findAddress);
    // Some frameworks print the address of all interfaces.
    this.#url = new URL(findAddress());
  }

  /** What the process has written, for a report of a failure. */
  get output() {
    return `${this.#stdout.join('\n')}\n${this.stderr}`;
  }

  /** Sends a request of `customer`; returns what the answer says. */
  async get(customer) {
    return this.#answer(this.#request('/', { headers: this.#recipe.identify(customer) }));
  }

  /** Returns the answer of the health route, with its status. */
  async health() {
    const sent = this.#request('/healthz').end();
    const [response] = await once(sent, 'response');
    return { statusCode: response.statusCode, ...JSON.parse(await text(response)) };
  }

  /**
   * Sends a request of `customer` that the service begins but cannot answer yet. Resolves when it has begun, with a
   * function that lets it end and returns what the answer says.
   */
  begin(customer) {
    const { identify, waitsFor } = this.#recipe;
    const headers = identify(customer);
    return waitsFor === undefined ? this.#beginBody(headers) : this.#beginFile(headers, waitsFor);
  }

  /** Sends the first part of a body. */
  async #beginBody(headers) {
    const body = JSON.stringify({ items: ['pencil', 'paper'] });
    const sent = this.#request('/orders', {
      method: 'POST',
      agent: false,
      headers: {
        ...headers,
        'content-type': 'application/json',
        'content-length': body.length,
        // Node answers `100 Continue` in the turn in which it hands the request to the framework.
        expect: '100-continue',
      },
    });
    sent.flushHeaders();
    await once(sent, 'continue');
    sent.write(body.slice(0, 10));
    return () => {
      sent.write(body.slice(10));
      return this.#answer(sent);
    };
  }

  /** Replaces the file that the page reads by a FIFO, which delays that one read. */
  async #beginFile(headers, name) {
    const file = join(this.#folder, name);
    const content = readFileSync(file);
    rmSync(file);
    await promisify(execFile)('mkfifo', [file]);
    const answer = this.#answer(this.#request('/', { headers, agent: false }));
    // A failure is reported when the answer is awaited.
    answer.catch(() => {});
    const pipe = await this.#openWhenRead(file);
    rmSync(file);
    writeFileSync(file, content);
    return async () => {
      await pipe.write(content);
      await pipe.close();
      return answer;
    };
  }

  /** Opens a FIFO to write, when the page has opened it to read. Never blocks, so that a page that does not is an error. */
  async #openWhenRead(file) {
    for (;;) {
      try {
        return await open(file, constants.O_WRONLY | constants.O_NONBLOCK);
      } catch (error) {
        if (error.code !== 'ENXIO') throw error;
        this.#checkAlive();
        await setTimeout(POLL);
      }
    }
  }

  /** Deploys values as the kubelet does. Resolves when the service reports the health that `isReached` accepts. */
  async deploy(options, isReached) {
    this.#volume.writeValues(options);
    this.#child.kill('SIGUSR2');
    while (!isReached(await this.health())) await setTimeout(POLL);
  }

  /** Resolves with what `count` lines about requests say, in order. */
  async logged(count) {
    // No line has the fields twice, which a parser would not notice.
    const find = () => this.#stdout.filter((line) => line.split('"flags":').length === 2);
    await this.#until(() => find().length >= count);
    return find().map((line) => this.#recipe.readLog(JSON.parse(line)));
  }

  /** Resolves when the service has logged `message`. */
  async logs(message) {
    await this.#until(() => this.#stdout.some((line) => line.includes(message)));
  }

  /** Sends SIGTERM. Resolves when the service accepts no further connection. */
  async terminate() {
    this.#child.kill('SIGTERM');
    while (await this.#accepts()) await setTimeout(POLL);
  }

  /** Resolves when the process has ended, with its exit code and the state of its watcher. */
  async ended() {
    const [exitCode, signal] = await this.#closed;
    if (this.#hangs) throw new Error('The process did not end');
    const report = join(this.#scratch, 'report');
    // A process that a signal ends writes no report.
    return { exitCode: exitCode ?? signal, watcher: existsSync(report) ? readFileSync(report, 'utf8') : 'unknown' };
  }

  /** Ends everything that is left, also after a failure. */
  async dispose() {
    globalThis.clearTimeout(this.#deadline);
    this.#agent.destroy();
    if (this.#isAlive) this.#child.kill('SIGKILL');
    await this.#closed;
    rmSync(this.#scratch, { recursive: true, force: true });
  }

  #request(path, { agent = this.#agent, ...options } = {}) {
    return request(new URL(path, this.#url), { agent, ...options });
  }

  async #answer(sent) {
    const [response] = await once(sent.end(), 'response');
    const answer = await text(response);
    if (response.statusCode >= 300) throw new Error(`${response.statusCode} ${answer}`);
    return this.#recipe.readAnswer(answer);
  }

  #accepts() {
    return new Promise((resolve) => {
      const socket = connect(Number(this.#url.port), this.#url.hostname.replace(/^\[|\]$/g, ''));
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
      socket.once('connect', () => socket.destroy());
    });
  }

  /** Resolves at the line that makes `isReached()` true. */
  async #until(isReached) {
    while (!isReached()) {
      this.#checkAlive();
      await once(this.#output, 'line');
    }
  }

  #checkAlive() {
    if (this.#hangs) throw new Error('The process took too long');
    if (!this.#isAlive) throw new Error('The process ended');
  }

  get #isAlive() {
    return this.#child?.exitCode === null && this.#child.signalCode === null;
  }
}
