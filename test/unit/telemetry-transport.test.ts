/** Tests the telemetry's transport: a request ends whatever the server does, and a name resolves as in the system. */
import { createSocket } from 'node:dgram';
import dns from 'node:dns';
import { Resolver } from 'node:dns/promises';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { lookUp, resolveHost } from '../../workers/telemetry/dns-lookup.js';
import { makeTransport } from '../../workers/telemetry/transport.js';
import { temporaryDirectory } from '../support/base.js';
import { Sink, type SinkMode } from '../support/sink.js';

afterEach(() => {
  vi.restoreAllMocks();
});

describe('makeTransport', () => {
  type Envelope = Parameters<ReturnType<typeof makeTransport>['send']>[0];
  const envelope = [{}, [[{ type: 'event' }, { message: 'a' }]]] as unknown as Envelope;

  function transportTo(sink: Sink, host = '127.0.0.1') {
    const url = sink.dsn(1).replace('public@127.0.0.1', host);
    return makeTransport({ url, bufferSize: 1, recordDroppedEvent() {} });
  }

  it.each<[SinkMode, string]>([
    ['hang', 'times out'],
    ['reset', 'fails'],
    ['garbage', 'fails'],
  ])('A request to a server in the mode "%s" %s, and makes room for the next one', async (mode) => {
    const sink = await Sink.start(mode);
    const timeout = AbortSignal.timeout;
    const spy = vi.spyOn(AbortSignal, 'timeout').mockImplementation(() => timeout.call(AbortSignal, 200));
    const transport = transportTo(sink);
    const first = transport.send(envelope);
    // The buffer has no room for this request, so the transport drops it at once.
    expect(await transport.send(envelope)).toEqual({});
    await expect(first).rejects.toThrow();
    await expect(transport.send(envelope)).rejects.toThrow();
    expect(spy.mock.calls).toEqual([[10_000], [10_000]]);
    await sink.end();
  });

  it.each<[SinkMode, number | undefined]>([
    ['ok', 200],
    ['500', 500],
    ['drip', 200],
    ['switch', undefined],
  ])('A request to a server in the mode "%s" ends, and makes room for the next one', async (mode, statusCode) => {
    const sink = await Sink.start(mode);
    const timeout = AbortSignal.timeout;
    vi.spyOn(AbortSignal, 'timeout').mockImplementation(() => timeout.call(AbortSignal, 2_000));
    const transport = transportTo(sink);
    for (const _round of [1, 2]) {
      const sent = transport.send(envelope);
      if (statusCode === undefined) await expect(sent).rejects.toThrow();
      else expect(await sent).toMatchObject({ statusCode });
    }
    await sink.until(() => sink.arrivals.length === 2);
  });

  it('The transport never resolves a name in the thread pool that the process shares', async () => {
    const sink = await Sink.start();
    const lookup = vi.spyOn(dns, 'lookup');
    const transport = transportTo(sink, 'localhost');
    expect(await transport.send(envelope)).toMatchObject({ statusCode: 200 });
    expect(lookup).not.toHaveBeenCalled();
  });
});

describe('a pause that a server asks for', () => {
  const NOW = Date.now();
  const SOON = new Date(NOW + 60_000).toUTCString();
  const FAR = new Date(NOW + 5_000_000_000).toUTCString();

  it.each<[status: number, header: string, value: string, seconds: number]>([
    [429, 'retry-after', '60', 60],
    [429, 'retry-after', '1000000000', 3_600],
    [429, 'retry-after', '9'.repeat(400), 3_600],
    [429, 'retry-after', SOON, 60],
    [429, 'retry-after', FAR, 3_600],
    [503, 'retry-after', FAR, 3_600],
    [429, 'retry-after', '0', 0],
    [429, 'retry-after', 'Thu, 01 Jan 1970 00:00:00 GMT', 0],
    // Neither seconds nor a date: the pause of a 429 without the header.
    [429, 'retry-after', '-60', 60],
    [429, 'retry-after', 'tomorrow', 60],
    [429, 'retry-after', '', 60],
    [503, 'retry-after', 'tomorrow', 0],
    [200, 'x-sentry-rate-limits', '60:error:key', 60],
    [200, 'x-sentry-rate-limits', '1000000000:error;transaction:organization, 30:session:key', 3_600],
    [200, 'x-sentry-rate-limits', '30:session:key,1000000000::organization', 3_600],
    [200, 'x-sentry-rate-limits', 'later:error:key', 60],
  ])('After a %i with "%s: %s", the transport drops envelopes for %i s', async (status, header, value, seconds) => {
    let requests = 0;
    const server = createServer((request, response) => {
      requests++;
      request.resume();
      response.writeHead(requests === 1 ? status : 200, requests === 1 ? { [header]: value } : {}).end('{}');
    });
    server.listen(0, '127.0.0.1');
    onTestFinished(() => void server.close());
    await once(server, 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/1/envelope/`;
    const transport = makeTransport({ url, bufferSize: 1, recordDroppedEvent() {} });
    const clock = vi.spyOn(Date, 'now').mockReturnValue(NOW);
    const send = () => transport.send([{}, [[{ type: 'event' }, { message: 'a' }]]] as never);
    await send();
    if (seconds > 0) {
      clock.mockReturnValue(NOW + seconds * 1_000 - 1_001);
      expect(await send()).toEqual({});
      expect(requests).toBe(1);
    }
    clock.mockReturnValue(NOW + seconds * 1_000 + 1);
    expect(await send()).toMatchObject({ statusCode: 200 });
    expect(requests).toBe(2);
  });
});

describe('resolveHost', () => {
  /** Starts a name server that knows two names, and records its queries. */
  async function startNameServer() {
    const queries: string[] = [];
    const socket = createSocket('udp4');
    socket.on('message', (query, { port, address }) => {
      const [name, type] = parseQuestion(query);
      queries.push(`${name} ${type === 1 ? 'A' : 'AAAA'}`);
      const data = type === 1 ? [192, 0, 2, 7] : [0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9];
      const isKnown = name === 'relay.sentry.svc' || name === 'ingest.example';
      socket.send(buildAnswer(query, type, isKnown ? data : undefined), port, address);
    });
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    onTestFinished(() => void socket.close());
    const resolver = new Resolver({ timeout: 20_000, tries: 1 });
    resolver.setServers([`127.0.0.1:${(socket.address() as AddressInfo).port}`]);
    return { queries, resolver };
  }

  function parseQuestion(query: Buffer): [name: string, type: number] {
    const labels: string[] = [];
    let at = 12;
    for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
      labels.push(query.toString('latin1', at + 1, at + 1 + length));
      at += 1 + length;
    }
    return [labels.join('.'), query.readUInt16BE(at + 1)];
  }

  /** Builds the answer with `data`, or with NXDOMAIN if `data` is undefined. */
  function buildAnswer(query: Buffer, type: number, data: number[] | undefined): Buffer {
    let end = 12;
    while (query[end] !== 0) end += 1 + (query[end] ?? 0);
    const question = Buffer.from(query.subarray(0, end + 5));
    question.writeUInt16BE(data === undefined ? 0x8183 : 0x8180, 2);
    question.writeUInt16BE(data === undefined ? 0 : 1, 6);
    question.writeUInt32BE(0, 8);
    if (data === undefined) return question;
    return Buffer.concat([question, Buffer.from([0xc0, 12, 0, type, 0, 1, 0, 0, 0, 60, 0, data.length, ...data])]);
  }

  function writeFiles({ hosts = '', resolver = '' }) {
    const directory = temporaryDirectory();
    const paths = { hosts: join(directory, 'hosts'), resolver: join(directory, 'resolv.conf') };
    writeFileSync(paths.hosts, hosts);
    writeFileSync(paths.resolver, resolver);
    return paths;
  }

  const ADDRESSES = [
    { address: '192.0.2.7', family: 4 },
    { address: '2001:db8::9', family: 6 },
  ];

  it('A name in the hosts file has the addresses from that file', async () => {
    const { queries, resolver } = await startNameServer();
    const hosts = '# comment\n::1 localhost\n10.0.0.1\tother Relay relay.example # mine\n10.0.0.2 relay\n';
    expect(await resolveHost('relay', writeFiles({ hosts }), resolver)).toEqual([
      { address: '10.0.0.1', family: 4 },
      { address: '10.0.0.2', family: 4 },
    ]);
    expect(queries).toEqual([]);
  });

  it('Any other name has the addresses from the name server', async () => {
    const { resolver } = await startNameServer();
    expect(await resolveHost('ingest.example', writeFiles({}), resolver)).toEqual(ADDRESSES);
  });

  it('A name with fewer dots than ndots resolves in the search domains', async () => {
    const { queries, resolver } = await startNameServer();
    const paths = writeFiles({ resolver: 'nameserver 127.0.0.1\nsearch default.svc sentry.svc\noptions ndots:2\n' });
    expect(await resolveHost('relay', paths, resolver)).toEqual(ADDRESSES);
    expect([...new Set(queries.map((question) => question.split(' ')[0]))]).toEqual([
      'relay.default.svc',
      'relay.sentry.svc',
    ]);
    queries.length = 0;
    expect(await resolveHost('relay.sentry.svc', paths, resolver)).toEqual(ADDRESSES);
    expect(queries.sort()).toEqual(['relay.sentry.svc A', 'relay.sentry.svc AAAA']);
  });

  it('An unknown name is an error', async () => {
    const { queries, resolver } = await startNameServer();
    const missing = { hosts: '/does/not/exist', resolver: '/does/not/exist' };
    await expect(resolveHost('nowhere', missing, resolver)).rejects.toMatchObject({ code: 'ENOTFOUND' });
    expect(queries).toHaveLength(2);
  });

  it('lookUp gives a socket one address or all of them, as the socket requests', async () => {
    const lookUpLocalhost = (all: boolean) =>
      new Promise((resolve) => lookUp('localhost', { all }, (...answer) => resolve(answer)));
    expect(await lookUpLocalhost(false)).toEqual([null, '127.0.0.1', 4]);
    expect(await lookUpLocalhost(true)).toEqual([null, expect.arrayContaining([{ address: '127.0.0.1', family: 4 }])]);
  });
});
