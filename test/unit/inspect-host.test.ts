/** Tests which hosts a request to the inspect server may name. */
import { expect, it } from 'vitest';
import { isAllowedHost } from '../../workers/inspect/host-header.js';

const SOCKET = { kind: 'socket', path: '/run/s.sock', isOwn: false } as const;
const NAMED = { kind: 'tcp', host: 'shop.internal', port: 80 } as const;

const isAllowed = (host: string, address: typeof SOCKET | typeof NAMED = SOCKET) =>
  isAllowedHost(host, { address, showsValues: true, hosts: ['shop.example'] });

it.each([
  'localhost',
  'LOCALHOST:80',
  'a.localhost:1',
  '127.0.0.1',
  '10.1.2.3:9229',
  '[::1]:80',
  '[::1]',
  'Shop.Example:443',
])('The host %s is allowed', (host) => {
  expect(isAllowed(host)).toBe(true);
});

it.each([
  '',
  ':80',
  'evil.example',
  'localhost.evil.example',
  'xlocalhost',
  'shop.example.evil',
  '127.0.0.1.evil',
  'shop.internal',
])('The host %j is not allowed', (host) => {
  expect(isAllowed(host)).toBe(false);
});

it('The name on which the server listens is allowed', () => {
  expect(isAllowed('SHOP.internal:80', NAMED)).toBe(true);
});
