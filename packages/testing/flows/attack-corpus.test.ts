/**
 * The attack corpus at the endpoints of the server that accept access tokens: userinfo and
 * introspection. Each attack is made from a token that the server issued, and is signed with the
 * server's keys unless the attack is about the signature.
 */
import { createPublicKey } from 'node:crypto';
import { importPrivateKey, signJwtSync } from '@keywright/jwt';
import { refusal } from '@keywright/wire';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  attacksOnTokens,
  createForge,
  type Forge,
} from '../../jwt/src/testing-parts/corpus/index.ts';
import type { Answer, TestPlatform } from '../src/index.ts';
import { claimsOf, createSunrise, headerOf, obtainTokens } from './sunrise.ts';

let platform: TestPlatform;
let forge: Forge;
let used: string;

beforeAll(async () => {
  platform = await createSunrise();
  const { access_token } = await obtainTokens(platform, { scope: 'openid buildings:read' });
  used = access_token;
  forge = createForge({
    header: headerOf(access_token),
    claims: claimsOf(access_token),
    privateKey: await privateKey('ES256'),
    rsa: await rsaKey(),
    nowSeconds: platform.clock.nowSeconds(),
  });
});
afterAll(() => platform.close());

async function loadKey(algorithm: 'ES256' | 'RS256') {
  const stored = (await platform.store.keys.list()).find((key) => key.algorithm === algorithm)!;
  const der = platform.ports.vault.unseal('signing-key', stored.sealedPrivateKey, stored.kid)!;
  return { kid: stored.kid, privateKey: importPrivateKey(der) };
}

async function privateKey(algorithm: 'ES256') {
  return (await loadKey(algorithm)).privateKey;
}

async function rsaKey() {
  const { kid, privateKey } = await loadKey('RS256');
  return { kid, privateKey, publicKey: createPublicKey(privateKey) };
}

/** In the header if possible, otherwise in a form. */
function askUserinfo(token: string): Promise<Answer> {
  return /^[\x21-\x7e]+$/.test(token)
    ? platform.get('/userinfo', { authorization: `Bearer ${token}` })
    : platform.post('/userinfo', { access_token: token });
}

const introspect = (token: string) => platform.post('/introspect', { token }, 'buildings-api');

const named = attacksOnTokens.map((attack) => [attack.name, attack] as const);

/** A form with a NUL is not valid, whatever it contains. */
const isRefusedAsForm = (token: string, answer: Answer) =>
  token.includes('\u0000') && answer.status === 400 && answer.json['error'] === 'invalid_request';

describe('the attack corpus at userinfo', () => {
  it.each(named)('is answered as the corpus says: %s', async (_name, { why, reason, make }) => {
    const token = make(forge);
    const answer = await askUserinfo(token);
    if (reason === undefined) {
      expect(answer.status, why).toBe(200);
      return;
    }
    if (isRefusedAsForm(token, answer)) return;
    const { status, error, text } = refusal(reason);
    expect([answer.status, answer.json['error']], why).toEqual([status, error]);
    expect(answer.headers['www-authenticate'], why).toContain(`error="${error}"`);
    expect(answer.headers['www-authenticate'], why).toContain(text);
    if (token.length > 12) expect(answer.body).not.toContain(token);
  });
});

describe('the attack corpus at introspection', () => {
  it.each(named)('is answered as the corpus says: %s', async (_name, { why, reason, make }) => {
    const token = make(forge);
    const answer = await introspect(token);
    if (isRefusedAsForm(token, answer)) return;
    expect(answer.status, why).toBe(200);
    if (reason === undefined) expect(answer.json['active'], why).toBe(true);
    else expect(answer.json, why).toEqual({ active: false });
  });
});

describe('the attack corpus as a DPoP proof (RFC 9449 §4.3)', () => {
  it.each(named)('is refused: %s', async (_name, { why, make }) => {
    const dpop = make(forge);
    const pair = `collector:${platform.secrets.get('collector')}`;
    const authorization = `Basic ${Buffer.from(pair).toString('base64')}`;
    const form = { grant_type: 'client_credentials' };
    const answer = await platform.browser().post('/token', form, { authorization, dpop });
    expect([answer.status, answer.json['error']], why).toEqual([400, 'invalid_dpop_proof']);
  });
});

describe('after the whole attack corpus', () => {
  it('a good token is accepted, a changed copy is refused, and no token is in the log', async () => {
    const twin = `${used.slice(0, -8)}${used.at(-8) === 'A' ? 'B' : 'A'}${used.slice(-7)}`;
    for (const token of [used, twin, used]) {
      const good = token === used;
      expect((await askUserinfo(token)).status).toBe(good ? 200 : 401);
      expect((await introspect(token)).json['active']).toBe(good);
    }
    // The log has the received issuer or audience, shortened, and nothing else of the token.
    const named = ['token_issuer_wrong', 'token_audience_wrong'];
    const notes: string[] = [];
    const others = platform.events.map(({ note, ...event }) => {
      if (!named.includes(String(event['reason']))) return { note, ...event };
      notes.push(String(note));
      return event;
    });
    expect(JSON.stringify(others)).not.toMatch(/eyJ[\w-]*\.|usr_mallory|attacker/);
    expect(notes.join('\n')).not.toMatch(/eyJ[\w-]*\.|usr_mallory/);
    for (const note of notes) expect(note.length).toBeLessThan(300);
  });
});

describe('a token of our own signing key whose cnf names no known key or certificate', () => {
  it.each([{}, { jkt: 7 }, { kid: 'x' }, { 'x5t#S256': null }, [], 'x', 7, null, true])(
    'is refused: %j',
    async (cnf) => {
      const key = { ...(await loadKey('ES256')), algorithm: 'ES256' } as const;
      const token = signJwtSync(key, 'at+jwt', { ...claimsOf(used), cnf });
      const answer = await askUserinfo(token);
      expect([answer.status, answer.json['error']]).toEqual([401, 'invalid_token']);
      expect((await introspect(token)).json).toEqual({ active: false });
    },
  );
});

describe('a token of our own signing key with a wrong claim', () => {
  const claims = ['scope', 'client_id', 'sub', 'aud', 'jti', 'iat'] as const;
  const cases = claims.flatMap((claim) =>
    [undefined, ['a'], { a: 1 }, 7, null]
      .filter((value) => claim !== 'iat' || value !== 7)
      .map((value) => [claim, value] as const),
  );

  it.each(cases)('is refused where the claim %s is %j', async (claim, value) => {
    const key = { ...(await loadKey('ES256')), algorithm: 'ES256' } as const;
    const token = signJwtSync(key, 'at+jwt', { ...claimsOf(used), [claim]: value });
    const answer = await askUserinfo(token);
    expect([answer.status, answer.json['error']]).toEqual([401, 'invalid_token']);
    expect((await introspect(token)).json).toEqual({ active: false });
  });
});
