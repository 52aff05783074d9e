import { describe, expect, it } from 'vitest';
import type { Api } from '../model/entities.ts';
import type { ApiDirectory } from '../model/services.ts';
import { grantsIdentifier } from './grant-scopes.ts';
import { audienceOfScopes, audiencesLeft, chooseAudience } from './target.ts';

const issuer = 'https://as.example';
const [a, b, details] = [
  'https://a.example',
  'https://b.example',
  'https://details.example',
] as const;

function apiOf(identifier: string, names: readonly string[]): Api {
  const scopes = names.map((name) => ({ name, description: name }));
  return {
    identifier,
    name: identifier,
    scopes,
    introspectors: [],
    tokenStatus: false,
    origin: 'config',
  };
}

const all = [apiOf(a, ['a:read', 'a:write']), apiOf(b, ['b:read']), apiOf(details, [])];
const apis: ApiDirectory = {
  all,
  find: (identifier) => all.find((api) => api.identifier === identifier),
  ofScope: (scope) => all.find(({ scopes }) => scopes.some(({ name }) => name === scope)),
  describe: () => undefined,
};

describe('the one API of an access token (RFC 9700 §4.10)', () => {
  it('is the one that was named and granted, or the only one that was granted', () => {
    expect(chooseAudience([a], [a, b], issuer)).toBe(a);
    expect(chooseAudience([], [b], issuer)).toBe(b);
    expect(chooseAudience([], [], issuer)).toBe(issuer);
  });

  it('must be named where several were granted', () => {
    expect(() => chooseAudience([], [a, b], issuer)).toThrow('An access token is for one API');
    expect(() => chooseAudience([a, b], [a, b], issuer)).toThrow('An access token is for one API');
    expect(() => chooseAudience([b], [a], issuer)).toThrow('resource was not granted.');
  });

  it('is the API of the client’s own grants alone where the request selects it, or where nothing else was granted', () => {
    const grants = grantsIdentifier(issuer);
    expect(chooseAudience([], [a, grants], issuer)).toBe(a);
    expect(chooseAudience([], [grants], issuer)).toBe(grants);
    expect(chooseAudience([grants], [a, grants], issuer)).toBe(grants);
  });

  it('follows from the scopes where these belong to one API', () => {
    expect(audienceOfScopes('openid a:read', [a, b], apis)).toEqual([a]);
    expect(audienceOfScopes('a:read b:read', [a, b], apis)).toEqual([]);
    expect(audienceOfScopes(undefined, [a, b], apis)).toEqual([]);
    expect(audienceOfScopes('a:read', [a], apis)).toEqual([]);
  });
});

describe('the APIs that are left after the user unticked something', () => {
  const left = (granted: readonly string[], ofDetails?: Parameters<typeof audiencesLeft>[4]) =>
    audiencesLeft(
      [a, b, details],
      ['openid', 'a:read', 'a:write', 'b:read'],
      granted,
      apis,
      ofDetails,
    );

  it('are those with a scope left, and those for which no scope was requested', () => {
    expect(left(['openid', 'a:write', 'b:read'])).toEqual([a, b, details]);
    expect(left(['openid', 'a:read'])).toEqual([a, details]);
    expect(left(['openid'])).toEqual([details]);
  });

  it('are those with a detail left, and not those of which each detail was unticked', () => {
    expect(left(['openid'], { asked: [b, details], granted: [b] })).toEqual([b]);
    expect(left(['openid'], { asked: [details], granted: [details] })).toEqual([details]);
    expect(left(['openid', 'a:read'], { asked: [details], granted: [] })).toEqual([a]);
  });
});
