/** A pod as `kubectl logs` shows it: the service's events, the library's messages, and when each line arrived. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

export class Pod {
  /** The service's events, oldest first; `arrivedAt`: by the clock of this process. */
  events = [];
  /** All other lines: what the library, or Node, writes to stderr. */
  messages = [];
  #namespace;
  #child;
  #lastStamp = '';
  #isClosed = false;
  #waits = new Set();

  constructor(namespace, name) {
    this.#namespace = namespace;
    this.name = name;
    this.#follow();
  }

  /** Follows the log through restarts of the container. A call that fails or ends early is made again, ever later. */
  async #follow() {
    for (let pause = 250; !this.#isClosed; pause = Math.min(2 * pause, 4000)) {
      const args = ['logs', '--follow', '--timestamps', '--namespace', this.#namespace, this.name];
      this.#child = spawn('kubectl', args, { stdio: ['ignore', 'pipe', 'ignore'] });
      for await (const line of createInterface({ input: this.#child.stdout })) if (this.#take(line)) pause = 250;
      if (!this.#isClosed) await sleep(pause);
    }
  }

  /** Takes a line, unless an earlier call had it. */
  #take(line) {
    const stamp = line.slice(0, line.indexOf(' '));
    if (stamp <= this.#lastStamp) return false;
    this.#lastStamp = stamp;
    const text = line.slice(stamp.length + 1);
    if (text.startsWith('{"event"')) this.events.push({ ...JSON.parse(text), arrivedAt: Date.now() });
    else this.messages.push(text);
    for (const check of this.#waits) check();
    return true;
  }

  /** Returns what `find` returns, as soon as it is neither false nor undefined. Throws after `seconds`, with `what`, a text or a function. */
  async until(what, find, seconds = 30) {
    let check;
    const found = new Promise((resolve) => {
      check = () => {
        const value = find(this);
        if (value !== undefined && value !== false) resolve(value);
      };
    });
    this.#waits.add(check);
    const timer = new AbortController();
    try {
      check();
      const late = Symbol();
      const value = await Promise.race([found, sleep(seconds * 1000, late, { signal: timer.signal })]);
      if (value === late)
        throw new Error(`${this.name}: not within ${seconds} s: ${typeof what === 'string' ? what : what()}`);
      return value;
    } finally {
      timer.abort();
      this.#waits.delete(check);
    }
  }

  /** The last status that the service has said. */
  get status() {
    return this.events.findLast(({ event }) => event === 'status')?.status;
  }

  /** What the main thread and all workers read now, without repetitions: one value, if they agree. */
  get values() {
    const threads = ['main', 'worker'];
    return [...new Set(threads.map((thread) => this.#lastRead(thread)?.value))];
  }

  #lastRead(thread, key = 'max-retries') {
    return this.events.findLast((one) => one.event === 'read' && one.thread === thread && one.key === key);
  }

  /** Waits until the main thread and a worker read `value`, and a status is there. Returns the event of the main thread. */
  async reads(value, seconds) {
    const isRead = () =>
      this.status !== undefined && this.values.every((one) => one === value) && this.#lastRead('main');
    return await this.until(() => `both threads read ${value}; they read ${this.values}`, isRead, seconds);
  }

  /** How often the container has started. */
  get starts() {
    return this.events.filter(({ event }) => event === 'start').length;
  }

  /** How many messages contain `text`. */
  count(text) {
    return this.messages.filter((message) => message.includes(text)).length;
  }

  /** The end of the log, for a failure. */
  describe() {
    const events = this.events.slice(-6).map(({ arrivedAt: _, ...event }) => JSON.stringify(event).slice(0, 600));
    return [`${this.#namespace}/${this.name}:`, ...events, ...this.messages.slice(-20)].join('\n    ');
  }

  close() {
    this.#isClosed = true;
    this.#child?.kill();
  }
}
