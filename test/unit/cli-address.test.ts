/** Which addresses git receives from `fetch-schemas`, and by which protocols. */
import { describe, expect, it } from 'vitest';
import { allowedProtocols, parseAddress } from '../../src/cli/fetch/address.js';

describe('parseAddress', () => {
  it.each([
    'https://example.com/shop.git',
    'https://user:secret@example.com:8443/shop',
    'ssh://git@example.com:22/shop',
    'git@example.com:org/shop.git',
    'host:shop',
    '[::1]:shop',
  ])('A remote repository is allowed: %s', (url) => {
    expect(parseAddress(url, '/project')).toEqual({ url, isLocal: false });
  });

  it.each([
    ['file:///srv/shop', 'file:///srv/shop'],
    ['/srv/shop', '/srv/shop'],
    ['../shop', '/shop'],
    ['shop.bundle', '/project/shop.bundle'],
    ['./a:b', '/project/a:b'],
    ['./ext::x', '/project/ext::x'],
  ])('A local repository is allowed, and becomes an absolute path: %s', (given, url) => {
    expect(parseAddress(given, '/project')).toEqual({ url, isLocal: true });
  });

  it.each([
    ...['ext::sh -c id', 'fd::3', 'hg::--config=x', 'HG::x', '1::x', '::x', 'a+b::https://example.com/x'],
    ...[
      'http://example.com/x',
      'git://example.com/x',
      'ftp://example.com/x',
      'HTTPS://example.com/x',
      '://x',
      'x y://z',
    ],
    ...['ssh://-oProxyCommand=id/x', 'ssh://git@-oProxyCommand=id/x', '-oProxyCommand=id:x', 'git@-x:y', 'https:///x'],
    ...['', '-x', '--upload-pack=id', ':x', '@host:x', 'ssh://@host/x'],
  ])('Everything else is rejected, without quoting what may be a secret: %s', (url) => {
    const { issue = '' } = parseAddress(url, '/project') as { issue?: string };
    expect(issue).toMatch(/^url must /);
    expect(issue).not.toMatch(/example|Proxy|sh -c/);
  });
});

describe('allowedProtocols', () => {
  it.each([
    [undefined, 'https:ssh:file'],
    ['ext:hg:https', 'https'],
    ['file:ssh', 'ssh:file'],
    ['', ''],
  ])('GIT_ALLOW_PROTOCOL can only forbid more: %j', (restriction, expected) => {
    expect(allowedProtocols(restriction)).toBe(expected);
  });
});
