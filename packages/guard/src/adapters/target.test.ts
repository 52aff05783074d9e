import { describe, expect, it } from 'vitest';
import { targetOf } from './target.ts';

describe('the target of a request', () => {
  it.each([
    ['/a/b?x=1', '/a/b?x=1'],
    ['//evil.example/a', '//evil.example/a'],
    ['http://evil.example/a/b?x=1', '/a/b?x=1'],
    ['https://evil.example:8443/a#b', '/a'],
    ['http://user:secret@evil.example/a', '/a'],
    ['http://evil.example//a', '//a'],
    ['http://evil.example', '/'],
    ['*', '/'],
    ['', '/'],
    [undefined, '/'],
  ])('%s is its path and query: %s (RFC 9112 §3.2)', (named, target) => {
    expect(targetOf(named)).toBe(target);
  });

  it.each([
    ['http://evil.example?a=/b', '/?a=/b'],
    ['http://evil.example?access_token=a', '/?access_token=a'],
    ['http://evil.example#/b', '/'],
    ['http://evil.example#?a=/b', '/'],
    ['http://evil.example?a=b#/c', '/?a=b'],
  ])('%s has no path, and none of its query or fragment is taken for one: %s', (named, target) => {
    expect(targetOf(named)).toBe(target);
  });
});
