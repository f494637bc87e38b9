/** Servers that answer as a running process does, with any usage. */
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { onTestFinished } from 'vitest';
import type { UsageAnswer } from '../../src/status/answers.js';
import { EMPTY_STATUS_RECORD } from '../../src/status/record.js';

/** What a server answers. */
export interface ServedUsage {
  /** Undefined for a version that does not have the answer. */
  readonly usage: UsageAnswer | undefined;
  /** The base directory. */
  readonly directory: string;
  /** Its namespaces. */
  readonly namespaces: readonly string[];
  /** Its clock, in milliseconds since 1970. Default: the time. */
  readonly now?: number;
  readonly host?: string;
}

/**
 * Starts a server until the test ends, and returns its URL.
 *
 * @param path a socket; undefined for a free port
 */
export async function serveUsage(served: ServedUsage, path?: string): Promise<string> {
  const { usage, directory, namespaces, now, host = hostname() } = served;
  const namespaceStatus = {
    generatedAt: null,
    delaySecs: null,
    unknownKeys: [],
    unknownCount: 0,
    commit: null,
    held: null,
    lost: null,
  };
  const answers = new Map<string | undefined, unknown>([
    [
      '/status',
      {
        process: { pid: 1, program: '/srv/shop.mjs', node: 'v20.20.2', library: '0.1.0', host, startedAt: '' },
        showsValues: true,
        status: {
          ...EMPTY_STATUS_RECORD,
          ...{ health: 'ok', reason: null, watcher: 'running', directory, generation: 1, polls: 1, heartbeatAt: null },
          ...{ lastPollAt: null, lastError: null, lastErrorAt: null, rejectedReloads: 0, mountWarnings: [] },
          namespaces: Object.fromEntries(
            namespaces.map((name) => [name, { ...namespaceStatus, valuesHash: null, schemaHash: '' }]),
          ),
        },
      },
    ],
    ['/usage', usage],
  ]);
  const server = createServer((request, response) => {
    const answer = answers.get(request.url);
    if (now !== undefined) response.setHeader('date', new Date(now).toUTCString());
    response.writeHead(answer === undefined ? 404 : 200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(answer ?? { error: `There is no ${request.url}.` }));
  });
  if (path === undefined) server.listen(0, '127.0.0.1');
  else {
    mkdirSync(dirname(path), { recursive: true });
    server.listen(path);
  }
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return path === undefined ? `http://127.0.0.1:${(server.address() as AddressInfo).port}/` : 'http://localhost/';
}
