import { describe, expect, it } from 'vitest';
import { refusals, type ResourceReason, resourceRefusal } from '@keywright/wire';
import { type ChallengeFacts, type Challenger, renderChallenge } from './challenge.ts';
import { GuardRefusal, type RefusalDetail } from './guard-refusal.ts';

const challenger: Challenger = {
  realm: 'urn:api',
  resourceMetadata: 'https://api.example/m',
  dpop: 'taken',
};
const metadata = 'resource_metadata="https://api.example/m"';
const algs = 'algs="ES256 RS256 PS256 EdDSA Ed25519 ML-DSA-65"';

function challengeOf(
  reason: ResourceReason,
  facts: Partial<ChallengeFacts> = {},
  of: Partial<Challenger> = {},
  detail: RefusalDetail = {},
): string | undefined {
  const refused = new GuardRefusal(reason, detail);
  return renderChallenge(
    refused,
    { ...challenger, ...of },
    { used: undefined, apiKeys: false, ...facts },
  );
}

const errorOf = (reason: ResourceReason) => {
  const { error, text } = resourceRefusal(reason);
  return `error="${error}", error_description="${text}"`;
};

describe('a challenge', () => {
  it('without any credential names the accepted schemes, and no error (RFC 6750 §3.1)', () => {
    expect(challengeOf('token_missing')).toBe(`Bearer realm="urn:api", ${metadata}`);
    expect(challengeOf('token_missing', { apiKeys: true })).toBe(
      `Bearer realm="urn:api", ${metadata}, ApiKey realm="urn:api"`,
    );
    expect(
      challengeOf('token_missing', {}, { resourceMetadata: undefined }, { scope: 'a b' }),
    ).toBe('Bearer realm="urn:api", scope="a b"');
  });

  it.each(['a" b', 'a\\', 'a\r\nset-cookie: a=b', 'ä'])(
    'leaves out text that cannot be quoted, whatever function of a route returned it: %j',
    (text) => {
      const detail = { scope: text, acrValues: text, maxAgeSeconds: 60 };
      expect(challengeOf('scope_insufficient', {}, {}, detail)).toBe(
        `Bearer realm="urn:api", ${metadata}, ${errorOf('scope_insufficient')}, max_age="60"`,
      );
    },
  );

  it('names the fault with the scheme that was used', () => {
    expect(challengeOf('token_expired', { used: 'Bearer', apiKeys: true })).toBe(
      `Bearer realm="urn:api", ${metadata}, ${errorOf('token_expired')}, ApiKey realm="urn:api"`,
    );
    expect(challengeOf('token_expired', { used: 'DPoP' })).toBe(
      `Bearer realm="urn:api", ${metadata}, DPoP ${algs}, ${errorOf('token_expired')}`,
    );
    expect(challengeOf('api_key_expired', { used: 'ApiKey', apiKeys: true })).toBe(
      `Bearer realm="urn:api", ${metadata}, ApiKey realm="urn:api", ${errorOf('api_key_expired')}`,
    );
  });

  it('names DPoP for a token that is bound to a key (RFC 9449 §7.2)', () => {
    expect(challengeOf('token_binding_wrong', { used: 'Bearer' })).toBe(
      `Bearer realm="urn:api", ${metadata}, ${errorOf('token_binding_wrong')}, DPoP ${algs}`,
    );
    expect(challengeOf('token_binding_wrong', { used: 'Bearer' }, { dpop: 'none' })).not.toContain(
      'DPoP',
    );
    expect(challengeOf('token_binding_wrong', { used: 'Bearer' }, { dpop: 'required' })).toBe(
      `DPoP ${algs}, realm="urn:api", ${metadata}, ${errorOf('token_binding_wrong')}`,
    );
  });

  it('names no scheme of API keys if none are accepted', () => {
    expect(challengeOf('token_missing', { used: 'ApiKey' })).toBe(
      `Bearer realm="urn:api", ${metadata}`,
    );
  });

  it.each([
    'resource_forbidden',
    'path_unknown',
    'fault',
    'keys_unavailable',
    'overloaded',
    'body_too_large',
    'api_key_network_forbidden',
  ] as const)('is not given for %s: another credential would not help', (reason) => {
    expect(challengeOf(reason, { used: 'Bearer', apiKeys: true })).toBeUndefined();
  });

  it('is given with every 401 that an API can answer (RFC 9110 §15.5.2)', () => {
    const reasons = Object.keys(refusals) as ResourceReason[];
    const ofApi = reasons.filter((reason) => resourceRefusal(reason)?.status === 401);
    expect(ofApi.length).toBeGreaterThan(15);
    for (const reason of ofApi) expect(challengeOf(reason, { apiKeys: true })).toMatch(/^Bearer /);
  });

  it('can be parsed, because quoted text contains no quote and no backslash', () => {
    for (const reason of Object.keys(refusals) as ResourceReason[]) {
      const text = resourceRefusal(reason)?.text;
      if (text !== undefined) expect(text).toMatch(/^[\x20\x21\x23-\x5B\x5D-\x7E]+$/);
    }
  });
});
