/**
 * The attack corpus for tokens that are not used as access tokens: as the subject of an exchange,
 * and as the hint of a logout.
 */
import { createPublicKey } from 'node:crypto';
import { importPrivateKey } from '@keywright/jwt';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  attacksOnTokens,
  createForge,
  type Forge,
} from '../../jwt/src/testing-parts/corpus/index.ts';
import type { TestPlatform } from '../src/index.ts';
import { adasToken, createExchangePlatform, exchange } from './exchange-setting.ts';
import { claimsOf, headerOf } from './sunrise.ts';

let platform: TestPlatform;
let ofAccessToken: Forge;
let ofIdToken: Forge;

beforeAll(async () => {
  platform = await createExchangePlatform();
  const { access_token: accessToken, id_token: idToken } = await adasToken(platform);
  ofAccessToken = await forgeOf(accessToken);
  ofIdToken = await forgeOf(idToken);
});
afterAll(() => platform.close());

async function loadKey(algorithm: 'ES256' | 'RS256') {
  const stored = (await platform.store.keys.list()).find((key) => key.algorithm === algorithm)!;
  const der = platform.ports.vault.unseal('signing-key', stored.sealedPrivateKey, stored.kid)!;
  return { kid: stored.kid, privateKey: importPrivateKey(der) };
}

async function forgeOf(token: string): Promise<Forge> {
  const { kid, privateKey } = await loadKey('RS256');
  return createForge({
    header: headerOf(token),
    claims: claimsOf(token),
    privateKey: (await loadKey('ES256')).privateKey,
    rsa: { kid, privateKey, publicKey: createPublicKey(privateKey) },
    nowSeconds: platform.clock.nowSeconds(),
  });
}

const named = attacksOnTokens.map((attack) => [attack.name, attack] as const);

describe('the attack corpus as a subject token (RFC 8693 §2.1)', () => {
  it.each(named)('is answered as the corpus says: %s', async (_name, { why, reason, make }) => {
    const token = make(ofAccessToken);
    const answer = await exchange(platform, token);
    if (reason === undefined) expect(answer.status, why).toBe(200);
    else expect([answer.status, answer.json['error']], why).toEqual([400, 'invalid_request']);
  });
});

/**
 * A hint may have expired, and an ID token has no scope that could occur twice. The rest is about
 * its signature, its form and its type.
 */
const aboutHints = named.filter(
  ([name, { reason }]) =>
    reason !== 'token_expired' && reason !== 'token_not_yet_valid' && name !== 'scope twice',
);

/** A token of a wrong type in the corpus may have the right type here, and the reverse. */
const isTaken = (reason: string | undefined, token: string) =>
  isIdToken(token) && (reason === undefined || reason === 'token_type_wrong');

function isIdToken(token: string): boolean {
  try {
    return String(headerOf(token)['typ']).toLowerCase().replace('application/', '') === 'jwt';
  } catch {
    return false;
  }
}

describe('the attack corpus as the hint of who is to be signed out (RP-Initiated Logout §2)', () => {
  it.each(aboutHints)(
    'is answered as the corpus says: %s',
    async (_name, { why, reason, make }) => {
      const token = make(ofIdToken);
      const answer = await platform.browser().post('/end-session', { id_token_hint: token });
      if (isTaken(reason, token)) expect(answer.status, why).toBe(303);
      else expect(answer.status, why).toBe(400);
    },
  );
});
