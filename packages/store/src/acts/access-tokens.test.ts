import type { KeptAccessToken } from '@keywright/core';
import { expect, it } from 'vitest';
import { describeOnEveryEngine, engines, now } from '../testing-parts/contract.ts';
import { makeId } from '../testing-parts/samples.ts';

function makeToken(over: Partial<KeptAccessToken> = {}): KeptAccessToken {
  const claims = { sub: 'usr_a', scope: 'buildings:read', cnf: { jkt: 'é' }, act: { sub: 'x' } };
  return {
    digest: makeId('token-digest-'),
    clientId: 'client-a',
    claims,
    expiresAt: now + 600,
    ...over,
  };
}

describeOnEveryEngine('opaque access tokens', (store) => {
  it('are returned as they were stored, also after they expired', async () => {
    const [token, expired] = [makeToken(), makeToken({ expiresAt: now - 1 })];
    await store().accessTokens.keep(token);
    await store().accessTokens.keep(expired);
    expect(await store().accessTokens.load(token.digest)).toStrictEqual(token);
    expect(await store().accessTokens.load(expired.digest)).toStrictEqual(expired);
    expect(await store().accessTokens.load('unknown')).toBeUndefined();
  });

  it('are revoked once, and only by their client', async () => {
    const token = makeToken();
    await store().accessTokens.keep(token);
    expect(await store().accessTokens.revoke(token.digest, 'client-thief')).toBe(false);
    expect(await store().accessTokens.load(token.digest)).toStrictEqual(token);
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, () => store().accessTokens.revoke(token.digest, 'client-a')),
    );
    expect(outcomes.filter(Boolean)).toHaveLength(1);
    expect(await store().accessTokens.load(token.digest)).toBeUndefined();
  });

  it('never replace another one, because a digest is stored once', async () => {
    const token = makeToken();
    await store().accessTokens.keep(token);
    await expect(store().accessTokens.keep({ ...token, clientId: 'client-b' })).rejects.toThrow();
    expect(await store().accessTokens.load(token.digest)).toStrictEqual(token);
  });
});

it.each(engines)('are pruned two hours after their end, $name', async ({ open }) => {
  const { store, close } = await open();
  const [token, later] = [makeToken(), makeToken({ expiresAt: now + 1200 })];
  await store.accessTokens.keep(token);
  await store.accessTokens.keep(later);
  expect(await store.prune(now + 7799, 100)).toBe(0);
  expect(await store.prune(now + 7800, 100)).toBe(1);
  expect(await store.accessTokens.load(token.digest)).toBeUndefined();
  expect(await store.accessTokens.load(later.digest)).toStrictEqual(later);
  await close();
});
