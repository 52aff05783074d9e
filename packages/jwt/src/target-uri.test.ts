import { describe, expect, it } from 'vitest';
import { targetUriOf } from './target-uri.ts';

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
  ])('"%s" is none', (address) => {
    expect(targetUriOf(address)).toBeUndefined();
  });
});
