import { describe, expect, it } from 'vitest';
import { hasPlainHost, parseHttpsAddress } from './web-address.ts';

describe('the host of an address', () => {
  it.each([
    'https://app.example/callback',
    'https://app.example',
    'https://APP.example:8443?x=1;y',
    'https://a-b.xn--bcher-kva.example./',
    'https://192.0.2.1:8443/cb',
    'http://[::1]:80/cb',
    'https://[2001:db8::192.0.2.1]/',
    'com.example.app:/callback',
    'com.example.app://signed_in/callback;x',
    'com.example.app:///callback',
    'urn:ietf:wg:oauth:2.0:oob',
  ])('is plain: %s', (address) => expect(hasPlainHost(address)).toBe(true));

  it.each([
    "https://x.example;frame-ancestors 'none'",
    'https://x.example;frame-ancestors',
    'https://x.example;frame-ancestors:443/',
    'https://x.example,https:/',
    "https://x'example/",
    'https://x.example%3Bframe-ancestors/',
    'https://x_y.example/',
    'https://*.example/',
    'https://x..example/',
    'https://.example/',
    'https://x.example$/',
    'https://x.example!/',
    'https://(x).example/',
    'https://x.example=y/',
    'https://x.example&y/',
    'https://x.example~/',
    'https://bücher.example/',
    'https://[::1;x]/',
    'https://[::1]x/',
    'https:///x.example/',
    'https:/x.example/',
    'https:x.example/',
    'https://',
    'com.example.app://x;y/callback',
    "com.example.app://x'/callback",
    'com.example.app://[::1]/callback',
  ])('is not plain: %s', (address) => expect(hasPlainHost(address)).toBe(false));
});

describe('an https address', () => {
  it('is parsed when it is plain', () => {
    expect(parseHttpsAddress('https://app.example/keys?a=1;b')?.host).toBe('app.example');
  });

  it.each([
    'http://app.example/',
    'xhttps://app.example/',
    ' https://app.example/',
    'https://user@app.example/',
    'https://user:word@app.example/',
    'https://app.example/ x',
    'https://app.example/é',
    'https://app.example\\@evil.example/',
    'https://app.example;x/',
    `https://app.example/${'x'.repeat(2000)}`,
    'https://app.example:99999/',
    '',
  ])('is refused when it is %s', (address) => expect(parseHttpsAddress(address)).toBeUndefined());
});
