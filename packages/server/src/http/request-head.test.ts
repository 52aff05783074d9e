import { describe, expect, test } from 'vitest';
import { parseTarget, readHeaders } from './request-head.ts';

describe('readHeaders', () => {
  test('joins a repeated header instead of merging it in silence', () => {
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

  test('knows no header that was not sent, and none that nobody reads', () => {
    expect(readHeaders(['__proto__', 'x', 'constructor', 'y', 'Accept-Language', 'z'])).toEqual({});
  });

  test('knows a header in every spelling', () => {
    for (const spelling of ['authorization', 'Authorization', 'AUTHORIZATION', 'aUTHORIZATION'])
      expect(readHeaders([spelling, 'Basic a'])['authorization']).toBe('Basic a');
  });
});

describe('parseTarget', () => {
  test.each([
    ['/token?a=b?c', { path: '/token', query: 'a=b?c' }],
    ['/a%2Fb', { path: '/a%2Fb', query: '' }],
    ['http://login.example/token?x', { path: '/token', query: 'x' }],
    ['http://login.example', { path: '/', query: '' }],
    ['//login.example/token', { path: '//login.example/token', query: '' }],
  ])('reads %s', (url, target) => {
    expect(parseTarget(url)).toEqual(target);
  });

  test('refuses what is neither origin nor absolute form', () => {
    expect(parseTarget('*')).toBeUndefined();
    expect(parseTarget('login.example:443')).toBeUndefined();
  });
});
