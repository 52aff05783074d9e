import { describe, expect, it } from 'vitest';
import { isClaimable, matchRedirectUri, refuseRedirectUri } from './redirect-uri.ts';

const registered = 'https://app.example/callback';

it.each([
  "https://x.example;frame-ancestors 'none'/cb",
  'https://x.example;frame-ancestors/cb',
  'https://x.example,y.example/cb',
  'https://x_y.example/cb',
  "https://x'y.example/cb",
])('a redirect URI cannot have more than a host name as its host: %s (RFC 3986 §3.2.2)', (uri) => {
  for (const redirects of ['https', 'native'] as const)
    expect(refuseRedirectUri(uri, redirects)).toMatch(
      /must have a host of letters|must percent-encode/,
    );
});

it.each(['https://app.example/a/..', 'https://app.example/a/%2E%2e', 'https://app.example/.?x'])(
  'a redirect URI cannot have dot segments, also at its end: %s',
  (uri) => expect(refuseRedirectUri(uri, 'https')).toBe('must not have dot segments'),
);

it.each(['xhttp://127.0.0.1:8080/cb', 'https://evil.example/?http://127.0.0.1:8080/cb'])(
  'an address is not a loopback address because it only contains one: %s',
  (requested) => expect(matchRedirectUri(requested, ['http://127.0.0.1/cb'], true)).toBe(false),
);

describe('a requested redirect URI, compared as a string (RFC 9700 §2.1),', () => {
  const mutations = [
    'https://app.example/callback/',
    'https://app.example/Callback',
    'https://app.example/callback?',
    'https://app.example/callback?x=1',
    'https://app.example/callback#',
    'https://app.example/callback#x',
    'https://app.example/callback/..',
    'https://app.example/callback/../callback',
    'https://app.example/./callback',
    'https://app.example//callback',
    'https://app.example/callback%2f',
    'https://app.example/%63allback',
    'https://app.example/callback%00',
    'https://app.example/callback ',
    ' https://app.example/callback',
    'https://app.example/callback\n',
    'https://app.example/callback;x',
    'https://app.example\\callback',
    'https:/app.example/callback',
    'https:app.example/callback',
    '//app.example/callback',
    '/callback',
    'http://app.example/callback',
    'HTTPS://app.example/callback',
    'https://APP.example/callback',
    'https://app.example:443/callback',
    'https://app.example:8443/callback',
    'https://app.example./callback',
    'https://app.example.evil.example/callback',
    'https://evil.example/app.example/callback',
    'https://appXexample/callback',
    'https://sub.app.example/callback',
    'https://user@app.example/callback',
    'https://app.example@evil.example/callback',
    'https://app.example%40evil.example/callback',
    'https://evil.example/?https://app.example/callback',
    'https://evil.example/#https://app.example/callback',
    'https://app.example/callback,https://evil.example',
    'https://app.example/callback https://evil.example',
    'https://аpp.example/callback',
    'https://xn--pp-7kc.example/callback',
    'javascript:alert(1)//https://app.example/callback',
    'data:text/html,https://app.example/callback',
    '',
  ];
  it.each(mutations)('is different when it is %j', (uri) => {
    expect(matchRedirectUri(uri, [registered], false)).toBe(false);
    expect(matchRedirectUri(uri, [registered], true)).toBe(false);
  });

  it('is equal only to itself', () =>
    expect(matchRedirectUri(registered, [registered], false)).toBe(true));
});

describe('the loopback address of a native client matches with any port (RFC 8252 §7.3):', () => {
  const loopback = ['http://127.0.0.1/cb', 'http://[::1]/cb'];
  it.each([
    ['http://127.0.0.1:51004/cb', true],
    ['http://127.0.0.1/cb', true],
    ['http://[::1]:80/cb', true],
    ['http://localhost:51004/cb', false],
    ['http://127.0.0.2:51004/cb', false],
    ['http://127.0.0.1:0/cb', false],
    ['http://127.0.0.1:99999/cb', false],
    ['http://127.0.0.1:51004/cb/', false],
    ['http://127.0.0.1:51004/other', false],
    ['http://127.0.0.1:51004/cb?x=1', false],
    ['http://127.0.0.1:51004/cb#x', false],
    ['https://127.0.0.1:51004/cb', false],
    ['http://127.0.0.1:1@evil.example/cb', false],
    ['http://127.0.0.1:51004\\@evil.example/cb', false],
    ['http://127.1:51004/cb', false],
    ['http://2130706433:51004/cb', false],
    ['http://127.0.0.1.evil.example:51004/cb', false],
  ] as const)('%s: %s', (uri, matches) => {
    expect(matchRedirectUri(uri, loopback, true)).toBe(matches);
    if (uri.includes('51004')) expect(matchRedirectUri(uri, loopback, false)).toBe(false);
  });

  it.each([
    ['http://localhost:51004/cb', true],
    ['http://localhost/cb', true],
    ['http://LOCALHOST:51004/cb', false],
    ['http://127.0.0.1:51004/cb', false],
    ['http://localhost.evil.example:51004/cb', false],
    ['http://localhost:51004/cb/', false],
    ['http://localhost:51004@evil.example/cb', false],
    ['https://localhost:51004/cb', false],
  ] as const)('and so does localhost, if it was registered: %s: %s', (uri, matches) => {
    expect(matchRedirectUri(uri, ['http://localhost/cb'], true)).toBe(matches);
    expect(matchRedirectUri('http://localhost:51004/cb', ['http://localhost/cb'], false)).toBe(
      false,
    );
  });
});

describe('the redirect URIs that can be registered', () => {
  it.each([
    ['https://app.example/cb', 'https', true],
    ['https://app.example/cb?tenant=7', 'https', true],
    ['http://localhost:4002/cb', 'https', true],
    ['http://127.0.0.1/cb', 'native', true],
    ['com.example.app:/cb', 'native', true],
    ['com.example.app:/cb', 'https', false],
    ['myapp:/cb', 'native', false],
    ['http://app.example/cb', 'https', false],
    ['http://app.example/cb', 'native', false],
    ['https://app.example/*', 'https', false],
    ['https://*.app.example/cb', 'https', false],
    ['https://app.example/cb#x', 'https', false],
    ['https://app.example/cb#', 'https', false],
    ['https://user:pw@app.example/cb', 'https', false],
    ['https://app.example/a/../cb', 'https', false],
    ['https://app.example/a/%2e%2e/cb', 'https', false],
    ['https://app.example/cb\\x', 'https', false],
    // A browser at our own page reads the first two as paths of our own host, and mends the others.
    ['https:/app.example/cb', 'https', false],
    ['https:app.example/cb', 'https', false],
    ['https:///app.example/cb', 'https', false],
    ['HTTPS:////app.example/cb', 'https', false],
    ['http:/localhost:4002/cb', 'native', false],
    ['https://?cb', 'https', false],
    ['https://app.example/c b', 'https', false],
    ['https://аpp.example/cb', 'https', false],
    ['javascript:alert(1)', 'native', false],
    ['JavaScript:alert(1)', 'native', false],
    ['data:text/html,x', 'native', false],
    ['vbscript:x', 'native', false],
    ['file:///etc/passwd', 'native', false],
    ['blob:https://app.example/x', 'native', false],
    ['/cb', 'https', false],
    ['', 'https', false],
    ['https://app.example/cb', 'none', false],
    [`https://app.example/${'x'.repeat(1980)}`, 'https', true],
    [`https://app.example/${'x'.repeat(1981)}`, 'https', false],
  ] as const)('include %s for %s: %s', (uri, redirects, may) => {
    expect(refuseRedirectUri(uri, redirects) === undefined).toBe(may);
  });

  it('can be claimed by another application on the device if they are not https', () => {
    expect(isClaimable('https://app.example/cb')).toBe(false);
    expect(isClaimable('http://127.0.0.1/cb')).toBe(true);
  });
});
