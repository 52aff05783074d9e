import { describe, expect, it } from 'vitest';
import type { Account } from '../../model/entities.ts';
import {
  claimNames,
  claimsOf,
  namesWithin,
  openIdClaims,
  pickClaims,
  scopeOfClaim,
} from './claims.ts';

const ada = {
  id: 'usr_ada',
  name: 'Ada Byron',
  email: 'ada@example.com',
  emailVerified: false,
  claims: { nickname: 'Countess', phone_number_verified: false },
} as unknown as Account;

describe('claims by scope (OpenID Connect Core §5.4)', () => {
  it('belong to one scope each', () => {
    expect(new Set(claimNames).size).toBe(claimNames.length);
    for (const name of claimNames) expect(claimsOf(scopeOfClaim(name) ?? '')).toContain(name);
  });

  it('are given unchanged: false is a value, and absent claims are left out', () => {
    expect(openIdClaims(ada, 'sub-1', ['openid', 'profile', 'phone', 'buildings:read'])).toEqual({
      sub: 'sub-1',
      name: 'Ada Byron',
      nickname: 'Countess',
      phone_number_verified: false,
    });
    expect(openIdClaims(ada, 'sub-1', ['openid'], ['email', 'picture'])).toEqual({
      sub: 'sub-1',
      email: 'ada@example.com',
    });
  });

  it.each(['constructor', '__proto__', 'toString', 'passwordHash', 'id', ''])(
    'do not include the name %j',
    (name) => {
      expect(scopeOfClaim(name)).toBeUndefined();
      expect(claimsOf(name)).toEqual([]);
      expect(pickClaims(ada, [name])).toEqual({});
      expect(openIdClaims(ada, 'sub-1', [name], [name])).toEqual({ sub: 'sub-1' });
    },
  );

  it('are limited to the granted scopes', () => {
    expect(namesWithin({ email: null, nickname: null }, ['email'])).toEqual(['email']);
    expect(namesWithin(undefined, ['email'])).toEqual([]);
  });
});
