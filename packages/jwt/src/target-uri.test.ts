import { describe, expect, it } from 'vitest';
import { isTarget, targetUriOf } from './target-uri.ts';

describe('a target URI', () => {
  it.each([
    ['https://api.example/a/b?x=1#y', 'query and fragment left out'],
    ['HTTPS://API.example/a/b', 'scheme and host in lower case (RFC 3986 §6.2.2.1)'],
    ['https://api.example:443/a/b', 'the default port left out (§6.2.3)'],
    ['https://api.example/a/./c/../b', 'dot segments removed (§6.2.2.3)'],
    ['https://api.example/%61/%62', 'escapes of unreserved characters undone (§6.2.2.2)'],
  ])('%s is normalised: %s', (address) => {
    expect(targetUriOf(address)).toBe('https://api.example/a/b');
  });

  it.each([
    ['https://api.example', 'https://api.example/'],
    ['https://api.example/%2f%c3%a9', 'https://api.example/%2F%C3%A9'],
    ['http://127.0.0.1:8080/x', 'http://127.0.0.1:8080/x'],
    ['http://[::1]:8080/x', 'http://[::1]:8080/x'],
  ])('%s reads %s', (address, wanted) => {
    expect(targetUriOf(address)).toBe(wanted);
  });

  it.each([
    ['https://api.example/a', 'https://api.example/A'],
    ['https://api.example/a', 'https://api.example/a/'],
    ['https://api.example/a', 'http://api.example/a'],
    ['https://api.example/a', 'https://api.example:8443/a'],
    ['https://api.example/a/b', 'https://api.example/a%2Fb'],
    ['https://api.example/a', 'https://api.example//a'],
  ])('%s and %s are two', (one, other) => {
    expect(targetUriOf(one)).not.toBe(targetUriOf(other));
  });

  it.each([
    '',
    '/a',
    'api.example/a',
    'ftp://api.example/a',
    'https:/api.example/a',
    'https:///api.example/a',
    'https://user@api.example/a',
    'https://user:secret@api.example/a',
    'https://api.example\\a',
    'https://api.example/a b',
    ' https://api.example/a',
    'https://api.example/a\n',
    'https://ápi.example/a',
    'https://',
    'https://api.example:99999/a',
    'https://[::1/a',
  ])('"%s" is not a valid one', (address) => {
    expect(targetUriOf(address)).toBeUndefined();
  });
});

describe('a request', () => {
  const at = (path: string) => `https://api.example${path}`;

  it('is at its own address, in any equivalent form', () => {
    expect(isTarget(at('/a/b'), at('/a/b'))).toBe(true);
    expect(isTarget('HTTPS://API.example:443/%61/c/../b?x=1', at('/a/b'))).toBe(true);
    expect(isTarget(at('/a/../b'), at('/a/../b'))).toBe(true);
  });

  it.each([
    '/x/../a/b',
    '/x/..//a/b',
    '/./a/b',
    '/a/b/.',
    '/a/b/c/..',
    '/x/%2e%2e/a/b',
    '/x/%2E./a/b',
    '/x/.%2e/a/b',
    '/%2e/a/b',
    '/a/b/c/..?x=1',
  ])('at %s is at no other address, because servers route it unchanged', (path) => {
    for (const stated of ['/a/b', '/a/b/', '//a/b'])
      expect(isTarget(at(stated), at(path))).toBe(false);
  });

  it('at what is no address is at no other that is none', () => {
    expect(isTarget('one', 'another')).toBe(false);
  });

  it.each(['/a/...', '/a/.b', '/a/..b/c', '/a/%2e%2e%2e', '/a/%252e%252e/b', '/a/..;/b'])(
    'at %s has no dot segments',
    (path) => {
      expect(isTarget(at(path).replace('https', 'HTTPS'), at(path))).toBe(true);
    },
  );
});
