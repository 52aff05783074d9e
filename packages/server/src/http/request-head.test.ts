import { describe, expect, test } from 'vitest';
import { isHostReadable, parseTarget, readHeaders } from './request-head.ts';

describe('readHeaders', () => {
  test('joins a repeated header, so that core can refuse it', () => {
    const headers = readHeaders([
      'Authorization',
      'Basic a',
      'authorization',
      'Basic b',
      'Cookie',
      'a=1',
      'Cookie',
      'b=2',
    ]);
    expect(headers['authorization']).toBe('Basic a, Basic b');
    expect(headers['cookie']).toBe('a=1; b=2');
  });

  test('has no header that was not sent, and none that the server does not use', () => {
    expect(readHeaders(['__proto__', 'x', 'constructor', 'y', 'Accept-Language', 'z'])).toEqual({});
  });

  test('finds a header with its name in any case', () => {
    for (const spelling of ['authorization', 'Authorization', 'AUTHORIZATION', 'aUTHORIZATION'])
      expect(readHeaders([spelling, 'Basic a'])['authorization']).toBe('Basic a');
  });
});

describe('a request has at most one Host, which is valid (RFC 9112 §3.2):', () => {
  test.each([
    [['Host', 'login.example:4000'], true],
    [['Host', '[::1]:4000'], true],
    [['Host', '%6cogin.example'], true],
    // RFC 9112 §3.2: empty where the target has no authority; HTTP/1.0 has none.
    [['Host', ''], true],
    [[], true],
    [['Host', 'login.example', 'host', 'evil.example'], false],
    [['Host', 'login.example', 'Host', 'login.example'], false],
    [['Host', 'login.example/x'], false],
    [['Host', 'user@login.example'], false],
    [['Host', 'login.example evil.example'], false],
    [['Host', 'login.example\\evil'], false],
  ])('%j: %s', (raw, readable) => {
    expect(isHostReadable(readHeaders(raw))).toBe(readable);
  });
});

describe('parseTarget', () => {
  test.each([
    ['/token?a=b?c', { path: '/token', query: 'a=b?c' }],
    ['/a%2Fb', { path: '/a%2Fb', query: '' }],
    ['http://login.example/token?x', { path: '/token', query: 'x' }],
    ['http://login.example', { path: '/', query: '' }],
    ['//login.example/token', { path: '//login.example/token', query: '' }],
  ])('parses %s', (url, target) => {
    expect(parseTarget(url)).toEqual(target);
  });

  test('refuses a target that is not in origin form or absolute form', () => {
    expect(parseTarget('*')).toBeUndefined();
    expect(parseTarget('login.example:443')).toBeUndefined();
  });
});
