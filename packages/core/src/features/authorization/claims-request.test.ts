import { describe, expect, it } from 'vitest';
import type { Client } from '../../model/entities.ts';
import { claimsWithin, parseClaimsRequest } from './claims-request.ts';

const client = { scopes: ['openid', 'profile', 'email', 'phone'] } as unknown as Client;
const parse = (request: unknown, scopes: readonly string[] = ['openid']) =>
  parseClaimsRequest(JSON.stringify(request), scopes, client);

describe('the request of single claims (OpenID Connect Core §5.5)', () => {
  it('needs consent to the scope of each claim, beyond the requested scopes', () => {
    expect(
      parse({ userinfo: { phone_number: null }, id_token: { email: { essential: true } } }),
    ).toEqual({
      claims: { userinfo: { phone_number: null }, id_token: { email: null } },
      claimScopes: ['phone', 'email'],
    });
  });

  it('needs no more consent for a claim of a requested scope', () => {
    expect(parse({ userinfo: { email: null } }, ['openid', 'email'])).toEqual({});
    expect(parse({ id_token: { email: null } }, ['openid', 'email'])).toEqual({
      claims: { id_token: { email: null } },
    });
  });

  it('leaves out claims that this client may not have, and unknown claims', () => {
    expect(
      parse({ userinfo: { address: null, shoe_size: null, toString: null }, other: {} }),
    ).toEqual({});
  });

  it('may name the user and the strength of the sign-in, which need no consent', () => {
    expect(
      parse({
        userinfo: { sub: { value: 'a' } },
        id_token: { sub: { value: 'a' }, acr: { essential: true, value: 'x', values: ['y', 'x'] } },
      }),
    ).toEqual({ subject: 'a', acr: { values: ['x', 'y', 'x'], essential: true } });
    expect(parse({ id_token: { acr: null, sub: null, auth_time: { essential: true } } })).toEqual({
      acr: { values: [], essential: false },
    });
  });

  it.each([
    '',
    '[]',
    'null',
    '{"userinfo":7}',
    '{"a":1,"a":2}',
    '{"id_token":{"sub":{"values":[1]}}}',
  ])('is refused when it is %j', (text) =>
    expect(() => parseClaimsRequest(text, ['openid'], client)).toThrow('claims: '),
  );
});

describe('the claims that are left after the consent', () => {
  const { claims } = parse({
    userinfo: { phone_number: null, email: null },
    id_token: { email: null },
  });

  it('are those of the scopes that were agreed to', () => {
    expect(claimsWithin(claims, ['openid', 'email'])).toEqual({
      userinfo: { email: null },
      id_token: { email: null },
    });
    expect(claimsWithin(claims, ['openid', 'phone'])).toEqual({ userinfo: { phone_number: null } });
  });

  it('may be none', () => {
    expect(claimsWithin(claims, ['openid'])).toBeUndefined();
    expect(claimsWithin(undefined, ['openid'])).toBeUndefined();
  });
});
