import { generateKeyPairSync } from 'node:crypto';
import {
  createBatch,
  createDpopNonces,
  createDpopProver,
  createVault,
  type SigningAlgorithm,
} from '@keywright/jwt';
import { describe, expect, it } from 'vitest';
import type { Core } from '../core.ts';
import { OAuthError } from '../../model/errors.ts';
import type { HttpRequest } from '../http/message.ts';
import type { Client } from '../../model/entities.ts';
import type { AuthorizationServerOptions } from '../policy/server-options.ts';
import { resolveOptions } from '../policy/options.ts';
import { assertShown, mustBind, proveSender, termsOfFamily } from './index.ts';

const now = 1_800_000_000;
const vault = createVault(new Uint8Array(32));
const issuer = 'https://as.example/tenant';

function coreOf(options: Partial<AuthorizationServerOptions> = {}): Core {
  return {
    options: resolveOptions({ issuer, ...options }),
    clock: { nowSeconds: () => now },
    verifying: createBatch(),
    dpopNonces: createDpopNonces((text) => vault.macs('dpop-nonce', text)),
    markLimits: { take: () => undefined },
    store: { claims: { take: () => Promise.resolve(true) } },
  } as unknown as Core;
}

const client = { id: 'app', authenticationMethods: ['none'] } as unknown as Client;
const confidential = { ...client, authenticationMethods: ['client_secret_basic'] } as Client;

function requestWith(dpop?: string): HttpRequest {
  const headers = dpop === undefined ? {} : { dpop };
  return {
    method: 'POST',
    path: '/tenant/token',
    query: '',
    headers,
    body: '',
    remoteAddress: '',
  };
}

function proofBy(algorithm: SigningAlgorithm) {
  const { privateKey } =
    algorithm === 'RS256'
      ? generateKeyPairSync('rsa', { modulusLength: 2048 })
      : generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const prover = createDpopProver({ algorithm, privateKey });
  const proof = prover.prove({
    method: 'POST',
    url: `${issuer}/token`,
    nowSeconds: now,
    jti: 'one',
  });
  return { proof, jkt: prover.thumbprint };
}

function reasonOf(act: () => unknown): string {
  try {
    act();
    return 'none';
  } catch (error) {
    return error instanceof OAuthError ? error.reason : String(error);
  }
}

function logOf(act: () => unknown): unknown {
  try {
    return act();
  } catch (error) {
    return (error as OAuthError).detail.log;
  }
}

describe('the sender constraint that a request proves', () => {
  it('is none without a proof, and is found synchronously then', () => {
    expect(proveSender(coreOf(), requestWith(), client)).toBeUndefined();
  });

  it('is the key of its proof, also at an issuer with a path', async () => {
    const { proof, jkt } = proofBy('ES256');
    expect(await proveSender(coreOf(), requestWith(proof), client)).toMatchObject({
      confirmation: { jkt },
    });
  });

  it('must exist where the profile demands it (FAPI 2.0 §5.3.2.1)', () => {
    const fapi = coreOf({ profile: 'fapi-2' });
    expect(reasonOf(() => proveSender(fapi, requestWith(), confidential))).toBe(
      'sender_constraint_missing',
    );
    const held = { ...confidential, settings: { profile: 'fapi-2' } } as Client;
    expect(reasonOf(() => proveSender(coreOf(), requestWith(), held))).toBe(
      'sender_constraint_missing',
    );
    expect(reasonOf(() => proveSender(coreOf(), requestWith(), confidential))).toBe('none');
  });

  it('must be a key for a client that always binds its tokens (RFC 9449 §5.2)', () => {
    const bound = { ...client, settings: { dpopBoundAccessTokens: true } };
    expect(reasonOf(() => proveSender(coreOf(), requestWith(), bound))).toBe('dpop_proof_missing');
  });

  it('is no key of a client whose tokens are bound to its certificate (RFC 8705 §3.4)', async () => {
    const byCertificate = {
      ...confidential,
      settings: { certificateBoundAccessTokens: true },
    } as Client;
    const { proof, jkt } = proofBy('ES256');
    // Where mutual TLS was switched off, the client still asked for its certificate.
    for (const core of [coreOf({ features: { mutualTls: true } }), coreOf()]) {
      const proven = Promise.resolve(proveSender(core, requestWith(proof), byCertificate));
      await expect(proven).rejects.toMatchObject({
        reason: 'dpop_proof_invalid',
        message: expect.stringContaining('bound to its certificate') as unknown,
      });
      expect(await proveSender(core, requestWith(proof), confidential)).toMatchObject({
        confirmation: { jkt },
      });
    }
  });

  it('is stored as a replay marker until its proof has expired, and no longer', async () => {
    const until: number[] = [];
    const marked: unknown[] = [];
    const claims = { take: (_id: string, end: number) => Promise.resolve(until.push(end) > 0) };
    const markLimits = { take: (of: Client, from: string) => marked.push([of.id, from]) };
    const watched = { ...coreOf(), store: { claims }, markLimits } as unknown as Core;
    const request = { ...requestWith(proofBy('ES256').proof), remoteAddress: '192.0.2.7' };
    await proveSender(watched, request, confidential);
    expect(until).toEqual([now + 61]);
    // It counts for whose it is, and from where.
    expect(marked).toEqual([['app', '192.0.2.7']]);
  });

  it('must exist for each token of a client that requires it, and of no other client', () => {
    const mutualTls = coreOf({ features: { mutualTls: true } });
    const settings = { certificateBoundAccessTokens: true };
    expect(mustBind(mutualTls, client)).toBe(false);
    expect(mustBind(mutualTls, { ...client, settings })).toBe(true);
    expect(mustBind(coreOf(), { ...client, settings })).toBe(true);
    expect(mustBind(coreOf(), { ...client, settings: { dpopBoundAccessTokens: true } })).toBe(true);
  });

  it('is refused with an algorithm that the profile does not accept (FAPI 2.0 §5.4.1)', async () => {
    const proven = Promise.resolve(
      proveSender(coreOf({ profile: 'fapi-2' }), requestWith(proofBy('RS256').proof), client),
    );
    await expect(proven).rejects.toMatchObject({
      reason: 'dpop_proof_invalid',
      detail: { log: { note: 'alg RS256' } },
    });
    const taken = proofBy('RS256');
    expect(await proveSender(coreOf(), requestWith(taken.proof), client)).toMatchObject({
      confirmation: { jkt: taken.jkt },
    });
  });
});

describe('the sender constraint of a refresh token', () => {
  const jkt = { jkt: 'a' };
  const certificate = { 'x5t#S256': 'a' };

  it('is what a client without a secret has proven, and none for a client that authenticates (RFC 9449 §5)', () => {
    expect(termsOfFamily(client, undefined, jkt)).toEqual({ confirmation: jkt });
    expect(termsOfFamily(client, { acr: '1' }, certificate)).toEqual({
      acr: '1',
      confirmation: certificate,
    });
    expect(termsOfFamily(confidential, undefined, jkt)).toBeUndefined();
    expect(termsOfFamily(client, undefined, undefined)).toBeUndefined();
    expect(termsOfFamily(confidential, { dpopThumbprint: 'a' }, jkt)).toBeUndefined();
  });

  it('is fulfilled by the same proof, and by no other type', () => {
    const shown = (
      wanted: typeof jkt | typeof certificate,
      held?: typeof jkt | typeof certificate,
    ) => reasonOf(() => assertShown(wanted, held, 'app'));
    expect(shown(jkt, jkt)).toBe('none');
    expect(shown(certificate, certificate)).toBe('none');
    expect(shown(jkt, { jkt: 'b' })).toBe('grant_binding_wrong');
    expect(shown(jkt, certificate)).toBe('grant_binding_wrong');
    expect(shown(certificate, jkt)).toBe('grant_binding_wrong');
    expect(shown(jkt)).toBe('grant_binding_wrong');
    const told = (held?: typeof jkt) => logOf(() => assertShown({ jkt: 'b' }, held, 'app'));
    expect([told(), told(jkt)]).toEqual([
      { clientId: 'app', shown: false },
      { clientId: 'app', shown: true },
    ]);
  });
});
