/**
 * The module discovery-end-point-verification, and what else the metadata of a FAPI 2.0 server must
 * say.
 */
import { request } from 'node:https';
import { expect } from 'vitest';
import type { Bench } from './bench.ts';
import type { Module } from './modules.ts';

/** Security Profile §5.4.1: EdDSA with Ed25519, by both of its names (RFC 9864 §2.2). */
const good = ['PS256', 'ES256', 'EdDSA', 'Ed25519'];

function expectAlgorithms({ metadata }: Bench, name: string): void {
  const said = metadata[name] as readonly string[] | undefined;
  if (said === undefined) return;
  expect(said.length, name).toBeGreaterThan(0);
  expect(
    said.filter((algorithm) => !good.includes(algorithm)),
    name,
  ).toEqual([]);
}

export const discoveryModules: readonly Module[] = [
  [
    'discovery-end-point-verification',
    async (bench) => {
      const { metadata, issuer } = bench;
      const address = `${issuer}/.well-known/openid-configuration`;
      const { status, headers } = await bench.send(address);
      expect([status, headers.get('content-type')?.split(';')[0]]).toEqual([
        200,
        'application/json',
      ]);
      expect(metadata).toMatchObject({
        issuer,
        token_endpoint: `${issuer}/token`,
        jwks_uri: `${issuer}/jwks`,
        code_challenge_methods_supported: ['S256'],
        token_endpoint_auth_methods_supported: expect.arrayContaining(['private_key_jwt']),
        tls_client_certificate_bound_access_tokens: true,
        authorization_response_iss_parameter_supported: true,
        require_pushed_authorization_requests: true,
        pushed_authorization_request_endpoint: `${issuer}/par`,
        response_types_supported: ['code'],
        grant_types_supported: expect.arrayContaining(['authorization_code', 'refresh_token']),
      });
      const methods = metadata['token_endpoint_auth_methods_supported'] as readonly string[];
      const strong = ['private_key_jwt', 'tls_client_auth', 'self_signed_tls_client_auth'];
      expect(methods.filter((method) => !strong.includes(method))).toEqual([]);
      expect(metadata['dpop_signing_alg_values_supported']).toContain('ES256');
      for (const name of Object.keys(metadata).filter((one) =>
        one.endsWith('signing_alg_values_supported'),
      ))
        expectAlgorithms(bench, name);
    },
  ],
  [
    'the metadata of RFC 8414 say the same',
    async (bench) => {
      const { json } = await bench.send(`${bench.issuer}/.well-known/oauth-authorization-server`);
      expect(json).toEqual(bench.metadata);
    },
  ],
  [
    'ensure-holder-of-key-required, its part about TLS (§5.2.1: 1.2 or later)',
    async ({ issuer }) => {
      const shake = (maxVersion: 'TLSv1.1' | 'TLSv1.2') =>
        new Promise<boolean>((resolve) => {
          const options = {
            maxVersion,
            minVersion: maxVersion,
            rejectUnauthorized: false,
            agent: false,
          } as const;
          request(`${issuer}/jwks`, { ...options, ciphers: 'DEFAULT@SECLEVEL=0' }, (answer) => {
            answer.resume();
            resolve(true);
          })
            .once('error', () => resolve(false))
            .end();
        });
      expect([await shake('TLSv1.1'), await shake('TLSv1.2')]).toEqual([false, true]);
    },
  ],
  [
    'no CORS at the authorization endpoint (Security Profile §5.2.1)',
    async (bench) => {
      const answer = await bench.send(`${bench.issuer}/authorize`, {
        headers: { origin: 'https://spa.example' },
      });
      expect(answer.headers.get('access-control-allow-origin')).toBeNull();
    },
  ],
];
