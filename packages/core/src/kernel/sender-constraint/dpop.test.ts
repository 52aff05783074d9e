/** What `dpop_jkt` and the proof of a pushed request bind a code to (RFC 9449 §10, §10.1). */
import { generateKeyPairSync } from 'node:crypto';
import { createBatch, createDpopNonces, createDpopProver, createVault } from '@keywright/jwt';
import { describe, expect, it } from 'vitest';
import type { Core } from '../core.ts';
import type { HttpRequest } from '../http/message.ts';
import type { Parameters } from '../http/parameters.ts';
import type { Client } from '../../model/entities.ts';
import type { AuthorizationServerOptions } from '../policy/server-options.ts';
import { resolveOptions } from '../policy/options.ts';
import { bindPushedRequest, parseDpopThumbprint } from './dpop.ts';

const now = 1_800_000_000;
const vault = createVault(new Uint8Array(32));
const issuer = 'https://as.example';
const client = { id: 'app', authenticationMethods: ['none'] } as unknown as Client;

function coreOf(options: Partial<AuthorizationServerOptions> = {}): Core {
  return {
    options: resolveOptions({ issuer, ...options }),
    clock: { nowSeconds: () => now },
    verifying: createBatch(),
    dpopNonces: createDpopNonces((text) => vault.macs('dpop-nonce', text)),
    store: { claims: { take: () => Promise.resolve(true) } },
  } as unknown as Core;
}

function parametersOf(dpop_jkt?: string): Parameters {
  return {
    get: (name: string) => (name === 'dpop_jkt' ? dpop_jkt : undefined),
  } as unknown as Parameters;
}

function requestWith(dpop?: string): HttpRequest {
  const headers = dpop === undefined ? {} : { dpop };
  return { method: 'POST', path: '/par', query: '', headers, body: '', remoteAddress: '' };
}

function createProver() {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const prover = createDpopProver({ algorithm: 'ES256', privateKey });
  const proof = prover.prove({ method: 'POST', url: `${issuer}/par`, nowSeconds: now, jti: 'one' });
  return { proof, thumbprint: prover.thumbprint };
}

describe('a pushed request binds its authorization code', () => {
  const [own, other] = [createProver(), createProver()];

  it('to dpop_jkt alone, synchronously', () => {
    expect(
      bindPushedRequest(coreOf(), requestWith(), client, parametersOf(own.thumbprint)),
    ).toEqual({
      thumbprint: own.thumbprint,
    });
    expect(bindPushedRequest(coreOf(), requestWith(), client, parametersOf())).toEqual({});
  });

  it('to the key of its proof, with the same dpop_jkt or without one', async () => {
    for (const stated of [undefined, own.thumbprint]) {
      const bound = bindPushedRequest(
        coreOf(),
        requestWith(own.proof),
        client,
        parametersOf(stated),
      );
      expect(await bound).toMatchObject({ thumbprint: own.thumbprint });
    }
  });

  it('to nothing where dpop_jkt is of another key than the proof (RFC 9449 §10.1)', async () => {
    const asked = bindPushedRequest(
      coreOf(),
      requestWith(own.proof),
      client,
      parametersOf(other.thumbprint),
    );
    await expect(Promise.resolve(asked)).rejects.toMatchObject({
      reason: 'dpop_proof_invalid',
      message: expect.stringContaining('another key') as unknown,
    });
  });
});

describe('the parameter dpop_jkt', () => {
  it.each(['', 'a', 'a'.repeat(42), 'a'.repeat(44), `${'a'.repeat(42)}=`, `${'a'.repeat(42)}+`])(
    'is refused where it is no thumbprint: %j',
    (stated) => {
      expect(() => parseDpopThumbprint(coreOf(), parametersOf(stated))).toThrow(
        expect.objectContaining({ reason: 'parameter_malformed' }) as Error,
      );
    },
  );

  it('is ignored where DPoP is off', () => {
    const off = coreOf({ features: { dpop: false } });
    expect(parseDpopThumbprint(off, parametersOf('a'))).toBeUndefined();
  });
});
