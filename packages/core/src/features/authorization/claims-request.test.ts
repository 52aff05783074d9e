import { describe, expect, it } from 'vitest';
import type { Client } from '../../model/entities.ts';
import { claimsWithin, parseClaimsRequest } from './claims-request.ts';

const client = { scopes: ['openid', 'profile', 'email', 'phone'] } as unknown as Client;
const parse = (request: unknown, scopes: readonly string[] = ['openid']) =>
  parseClaimsRequest(JSON.stringify(request), scopes, client);

describe('the parameter claims (OpenID Connect Core §5.5)', () => {
  it('is what each claim needs to be agreed to, beyond the scopes that were asked for', () => {
    expect(
      parse({ userinfo: { phone_number: null }, id_token: { email: { essential: true } } }),
    ).toEqual({
      claims: { userinfo: { phone_number: null }, id_token: { email: null } },
      claimScopes: ['phone', 'email'],
    });
  });

  it('is nothing beyond a scope that releases the claim at userinfo anyway', () => {
    expect(parse({ userinfo: { email: null } }, ['openid', 'email'])).toEqual({});
    expect(parse({ id_token: { email: null } }, ['openid', 'email'])).toEqual({
      claims: { id_token: { email: null } },
    });
  });

  it('leaves out what this client may not have, and what nobody knows', () => {
    expect(
      parse({ userinfo: { address: null, shoe_size: null, toString: null }, other: {} }),
    ).toEqual({});
  });

  it('says whom it means and how the sign-in must be, and asks nobody’s consent for it', () => {
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
  ])('%j is refused', (text) =>
    expect(() => parseClaimsRequest(text, ['openid'], client)).toThrow('claims: '),
  );
});

describe('what is left once the person has answered', () => {
  const { claims } = parse({
    userinfo: { phone_number: null, email: null },
    id_token: { email: null },
  });

  it('is what belongs to the scopes that were agreed to', () => {
    expect(claimsWithin(claims, ['openid', 'email'])).toEqual({
      userinfo: { email: null },
      id_token: { email: null },
    });
    expect(claimsWithin(claims, ['openid', 'phone'])).toEqual({ userinfo: { phone_number: null } });
  });

  it('may be nothing', () => {
    expect(claimsWithin(claims, ['openid'])).toBeUndefined();
    expect(claimsWithin(undefined, ['openid'])).toBeUndefined();
  });
});
