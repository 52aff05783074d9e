/**
 * Invalid proofs, and proofs that were used before, at the token endpoint (RFC 9449 §4.3, §11.1).
 */
import { createHmac, randomUUID } from 'node:crypto';
import { createAuthorizationServer } from '@keywright/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Answer, createBrowser, type TestPlatform } from '../src/index.ts';
import { createKey, forgeProof, postAs, type TestKey } from './proofs.ts';
import { noteOf } from './refusal-note.ts';
import {
  ada,
  clients,
  createSunrise,
  nativeCallback,
  obtainCode,
  tokensOf,
  verifier,
} from './sunrise.ts';

const credentials = { grant_type: 'client_credentials' };

let platform: TestPlatform;
let key: TestKey;
beforeEach(async () => {
  platform = await createSunrise();
  key = createKey();
});
afterEach(() => platform.close());

const ask = (dpop: string) => postAs(platform, '/token', credentials, 'collector', { dpop });

describe('an invalid DPoP proof is invalid_dpop_proof with 400 at the token endpoint (§5):', () => {
  const { d: _, ...publicJwk } = createKey().privateKey.export({ format: 'jwk' });
  type Part = Readonly<Record<string, unknown>>;

  function forged(header: Part, claims: Part): string {
    const { d: __, ...jwk } = key.privateKey.export({ format: 'jwk' });
    const now = platform.clock.nowSeconds();
    return forgeProof(
      { typ: 'dpop+jwt', alg: 'ES256', jwk, ...header },
      { jti: randomUUID(), htm: 'POST', htu: `${platform.issuer}/token`, iat: now, ...claims },
      key.privateKey,
    );
  }

  it('while the proofs that the test makes unchanged are accepted', async () => {
    expect((await ask(forged({}, {}))).status).toBe(200);
  });

  const elsewhere = 'htu is not https://as.example/token';
  const cases: readonly [string, Part, (now: number, issuer: string) => Part, string][] = [
    ['another type', { typ: 'JWT' }, () => ({}), 'typ'],
    ['no type', { typ: undefined }, () => ({}), 'typ'],
    ['no algorithm', { alg: 'none' }, () => ({}), 'alg'],
    ['a symmetric algorithm', { alg: 'HS256' }, () => ({}), 'alg'],
    ['no key', { jwk: undefined }, () => ({}), 'jwk'],
    ['the key of somebody else', { jwk: publicJwk }, () => ({}), 'signature'],
    ['a symmetric key', { jwk: { kty: 'oct', k: 'AA' } }, () => ({}), 'jwk holds a private key'],
    ['a private key', { jwk: { ...publicJwk, d: 'AA' } }, () => ({}), 'jwk holds a private key'],
    ['a critical extension', { crit: ['exp'] }, () => ({}), 'critical extension'],
    ['no jti', {}, () => ({ jti: undefined }), 'jti'],
    ['a jti that is no text', {}, () => ({ jti: 7 }), 'jti'],
    ['another method', {}, () => ({ htm: 'GET' }), 'htm'],
    ['the method in lower case', {}, () => ({ htm: 'post' }), 'htm'],
    ['no method', {}, () => ({ htm: undefined }), 'htm'],
    ['another endpoint', {}, (_now, issuer) => ({ htu: `${issuer}/userinfo` }), elsewhere],
    ['a slash at the end', {}, (_now, issuer) => ({ htu: `${issuer}/token/` }), elsewhere],
    ['another host', {}, () => ({ htu: 'https://evil.example/token' }), elsewhere],
    [
      'no scheme of ours',
      {},
      (_now, issuer) => ({ htu: `${issuer}/token`.replace('https', 'http') }),
      elsewhere,
    ],
    ['another port', {}, (_now, issuer) => ({ htu: `${issuer}:8443/token` }), elsewhere],
    ['no address', {}, () => ({ htu: undefined }), elsewhere],
    ['more than a minute ago', {}, (now) => ({ iat: now - 61 }), 'iat'],
    ['in the future', {}, (now) => ({ iat: now + 11 }), 'iat'],
    ['a time that is text', {}, (now) => ({ iat: String(now) }), 'iat'],
    ['no time', {}, () => ({ iat: undefined }), 'iat'],
  ];
  it.each(cases)('with %s', async (_name, header, claims, note) => {
    const proof = forged(header, claims(platform.clock.nowSeconds(), platform.issuer));
    const answer = await ask(proof);
    expect([answer.status, answer.json['error']]).toEqual([400, 'invalid_dpop_proof']);
    expect(answer.json).not.toHaveProperty('access_token');
    expect(noteOf(platform)).toBe(note);
  });

  it.each(['x', 'a.b.c', '..', 'eyJ9.e30.', 'x'.repeat(20_000), 'é'])(
    'with text that is no proof, %#',
    async (text) => {
      const answer = await ask(text);
      expect([answer.status, answer.json['error']]).toEqual([400, 'invalid_dpop_proof']);
    },
  );

  it('when two headers are sent, which arrive joined by a comma', async () => {
    const answer = await ask(`${key.proof(platform)}, ${key.proof(platform)}`);
    expect([answer.status, answer.json['error']]).toEqual([400, 'invalid_dpop_proof']);
  });

  it('when it is signed with HMAC by the public key that it contains', async () => {
    const header = { typ: 'dpop+jwt', alg: 'HS256', jwk: publicJwk };
    const claims = {
      jti: 'x',
      htm: 'POST',
      htu: `${platform.issuer}/token`,
      iat: platform.clock.nowSeconds(),
    };
    const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');
    const input = `${encode(header)}.${encode(claims)}`;
    const mac = createHmac('sha256', JSON.stringify(publicJwk)).update(input).digest('base64url');
    expect((await ask(`${input}.${mac}`)).json['error']).toBe('invalid_dpop_proof');
  });

  it('when its address is the one in the Host header: only the address of the issuer counts', async () => {
    const dpop = key.proof(platform, { url: 'https://evil.example/token' });
    const answer = await postAs(platform, '/token', credentials, 'collector', {
      dpop,
      host: 'evil.example',
    });
    expect(answer.json['error']).toBe('invalid_dpop_proof');
  });

  it.each(['?x=1', '#x'])(
    'but not for another query or fragment, which §4.3 (9) ignores: %s',
    async (more) => {
      expect((await ask(forged({}, { htu: `${platform.issuer}/token${more}` }))).status).toBe(200);
    },
  );

  it('but not for another case of scheme and host, which RFC 3986 §6.2.2 allows', async () => {
    const htu = `${platform.issuer}/token`.replace('https://as', 'HTTPS://AS');
    expect((await ask(forged({}, { htu }))).status).toBe(200);
  });
});

describe('a used DPoP proof (§11.1)', () => {
  it('is refused the second time, at the same server and at another one with the same store', async () => {
    const dpop = key.proof(platform);
    const secret = `collector:${platform.secrets.get('collector')}`;
    const headers = { authorization: `Basic ${Buffer.from(secret).toString('base64')}`, dpop };
    const servers = ['one', 'two'].map(() =>
      createAuthorizationServer({ issuer: platform.issuer, cacheSeconds: 0 }, platform.ports),
    );
    const answers: Answer[] = [];
    for (const server of [...servers, ...servers])
      answers.push(
        await createBrowser(server, platform.issuer).post('/token', credentials, headers),
      );
    expect(answers.map(({ status }) => status)).toEqual([200, 400, 400, 400]);
    expect([answers[1]?.json['error'], answers[1]?.reason]).toEqual([
      'invalid_dpop_proof',
      'dpop_proof_replayed',
    ]);
  });

  it('gets one answer when it is sent a hundred times at once', async () => {
    const dpop = key.proof(platform);
    const answers = await Promise.all(Array.from({ length: 100 }, () => ask(dpop)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ reason }) => reason === 'dpop_proof_replayed')).toHaveLength(99);
  });

  it('is remembered for as long as its age is acceptable', async () => {
    const dpop = key.proof(platform, { age: -10 });
    expect((await ask(dpop)).status).toBe(200);
    for (const seconds of [30, 39]) {
      platform.clock.advance(seconds);
      await platform.store.prune(platform.clock.nowSeconds(), 1000);
      expect((await ask(dpop)).reason).toBe('dpop_proof_replayed');
    }
    platform.clock.advance(2);
    expect((await ask(dpop)).reason).toBe('dpop_proof_invalid');
  });

  it('does not stop a proof with the same jti and another key, so no client can use up the proofs of others', async () => {
    expect((await ask(key.proof(platform, { jti: 'one' }))).status).toBe(200);
    expect((await ask(createKey().proof(platform, { jti: 'one' }))).status).toBe(200);
  });

  it('is also refused for a client without a secret, with each grant type, and the second request spends nothing', async () => {
    const desk = {
      client_id: 'desk',
      kind: 'native',
      trust: 'first-party',
      client_name: 'Front desk',
    } as const;
    const grant_types = ['authorization_code', 'refresh_token', 'password'];
    await platform.close();
    platform = await createSunrise({
      clients: [
        ...clients,
        { ...desk, grant_types, redirect_uris: [nativeCallback], scope: 'openid buildings:read' },
      ],
    });
    const send = (form: Readonly<Record<string, string>>, dpop: string) =>
      postAs(platform, '/token', form, 'desk', { dpop });
    const words = {
      client_id: 'desk',
      redirect_uri: nativeCallback,
      scope: 'openid buildings:read',
    };
    const codeForm = async () => ({
      grant_type: 'authorization_code',
      code: await obtainCode(platform, words),
      redirect_uri: nativeCallback,
      code_verifier: verifier,
    });
    const password = { grant_type: 'password', username: ada, password: 'correct horse' };
    const passwordForm = async () => password;
    const refreshForm = async () => {
      const { refresh_token } = tokensOf(await send(password, key.proof(platform)));
      return { grant_type: 'refresh_token', refresh_token };
    };
    for (const make of [codeForm, passwordForm, refreshForm]) {
      const [first, second] = [await make(), await make()];
      const again = key.proof(platform);
      expect((await send(first, again)).status).toBe(200);
      expect((await send(second, again)).reason).toBe('dpop_proof_replayed');
      expect((await send(second, key.proof(platform))).status).toBe(200);
    }
  });

  it('is not used up when its caller failed to authenticate', async () => {
    const dpop = key.proof(platform);
    const wrong = {
      authorization: `Basic ${Buffer.from('collector:wrong').toString('base64')}`,
      dpop,
    };
    expect((await platform.browser().post('/token', credentials, wrong)).status).toBe(401);
    expect((await ask(dpop)).status).toBe(200);
  });

  it('is stored as a digest of its jti, whatever the length of the jti', async () => {
    const taken: string[] = [];
    await platform.close();
    platform = await createSunrise({
      ports: ({ store }) => ({
        store: {
          ...store,
          claims: { take: (id, end) => (taken.push(id), store.claims.take(id, end)) },
        },
      }),
    });
    expect((await ask(key.proof(platform, { jti: 'j'.repeat(4000) }))).status).toBe(200);
    expect(taken.map(({ length }) => length)).toEqual([48]);
  });
});
