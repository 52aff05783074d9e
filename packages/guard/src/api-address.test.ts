import { describe, expect, it } from 'vitest';
import { createApiAddress, pathOf } from './api-address.ts';
import { present } from './testing-parts/fixture.ts';

describe('the address of an API', () => {
  it.each([
    [undefined, 'https://api.example', '/a?x=1', 'https://api.example/a'],
    [undefined, 'https://api.example/', '/a', 'https://api.example/a'],
    [undefined, 'https://api.example:8443/v1', '/v1/a', 'https://api.example:8443/v1/a'],
    ['https://public.example', 'urn:api', '/a', 'https://public.example/a'],
    ['https://public.example/v1/', 'https://api.example', '/a', 'https://public.example/v1/a'],
    [
      'https://public.example',
      'https://api.example',
      'https://evil.example/a?x',
      'https://public.example/a',
    ],
    ['https://public.example', 'https://api.example', '*', 'https://public.example/*'],
  ])('baseUrl %s, audience %s, target %s: %s', (baseUrl, audience, target, wanted) => {
    expect(createApiAddress(baseUrl, audience)?.of(present({}, target))).toBe(wanted);
  });

  it.each(['urn:example:api', 'api', 'ftp://api.example'])(
    'is not known by an audience of %s',
    (audience) => {
      expect(createApiAddress(undefined, audience)).toBeUndefined();
    },
  );
});

describe('the path of a target', () => {
  it.each([
    ['/a/b?access_token=x', '/a/b'],
    ['/a#b', '/a'],
    ['', '/'],
    ['?x=1', '/'],
    ['http://evil.example', '/'],
    ['HTTP://evil.example/a', '/a'],
    ['/http://evil.example/a', '/http://evil.example/a'],
    ['//evil.example/a', '//evil.example/a'],
  ])('%s: %s', (target, path) => {
    expect(pathOf(target)).toBe(path);
  });
});
