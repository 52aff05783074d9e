import { randomBytes } from 'node:crypto';
import { createVault } from '@keywright/jwt';
import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../../model/errors.ts';
import { resolveOptions } from '../../policy/options.ts';
import type { ClientRegistration } from '../client-registration.ts';
import { registerClient } from '../registration.ts';
import { addSecret } from '../secrets.ts';
import { withSealedSecret } from './client-secret-jwt.ts';

const random = { bytes: (length: number) => randomBytes(length) };
const context = { now: 1000, random, apis: [], origin: 'command' } as const;
const fapi = resolveOptions({ issuer: 'https://as.example', profile: 'fapi-2' });
const service: ClientRegistration = { kind: 'service', trust: 'first-party', client_name: 'Meter' };
const jwks = { keys: [{ kty: 'EC', crv: 'P-256', x: 'x', y: 'y' }] };

function problemsOf(client: Partial<ClientRegistration>, policies = fapi.policies) {
  try {
    registerClient({ ...service, ...client }, { ...context, policies });
    return {};
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return Object.fromEntries(
      error.problems.map(({ path, message }) => [path.replace('client.', ''), message]),
    );
  }
}

describe('a strict profile at registration (FAPI 2.0 Security Profile §5.3.2.1, §5.4.1)', () => {
  it.each([[undefined], ['client_secret_basic'], ['client_secret_jwt']])(
    'refuses a client with the method %s',
    (method) => {
      const problems = problemsOf({ token_endpoint_auth_method: method });
      expect(problems['token_endpoint_auth_method']).toContain('private_key_jwt, tls_client_auth');
    },
  );

  it.each(['private_key_jwt', 'self_signed_tls_client_auth'])(
    'refuses a client with %s without keys',
    (method) => {
      const problems = problemsOf({ token_endpoint_auth_method: method });
      expect(problems['jwks']).toBe(`or jwks_uri is required for ${method}`);
    },
  );

  it('refuses a client that cannot authenticate', () => {
    const problems = problemsOf({
      kind: 'browser',
      trust: 'third-party',
      redirect_uris: ['https://a.example/'],
    });
    expect(problems['token_endpoint_auth_method']).toContain('cannot authenticate');
  });

  it('accepts a client with a key, and only algorithms of the profile', () => {
    const client = { token_endpoint_auth_method: 'private_key_jwt', jwks };
    expect(problemsOf({ ...client, token_endpoint_auth_signing_alg: 'PS256' })).toEqual({});
    const problems = problemsOf({ ...client, token_endpoint_auth_signing_alg: 'RS256' });
    expect(problems['token_endpoint_auth_signing_alg']).toContain('PS256, ES256');
  });

  it('applies to a single client with that profile', () => {
    const open = resolveOptions({ issuer: 'https://as.example' });
    expect(problemsOf({}, open.policies)).toEqual({});
    expect(Object.keys(problemsOf({ profile: 'fapi-2' }, open.policies))).toEqual([
      'token_endpoint_auth_method',
    ]);
  });
});

describe('FAPI 1.0 Advanced at registration (§5.2.2-14, -16; §8.6)', () => {
  const { policies } = resolveOptions({ issuer: 'https://as.example', profile: 'fapi-1-advanced' });
  const client = { token_endpoint_auth_method: 'private_key_jwt', jwks } as const;

  it('accepts a client with a key only', () => {
    expect(problemsOf(client, policies)).toEqual({});
    for (const method of [undefined, 'client_secret_basic', 'client_secret_jwt', 'none'])
      expect(problemsOf({ token_endpoint_auth_method: method }, policies)).toHaveProperty(
        'token_endpoint_auth_method',
      );
  });

  it('accepts only PS256 and ES256, while FAPI 2.0 also accepts EdDSA', () => {
    const algorithms = ['PS256', 'ES256', 'EdDSA', 'Ed25519', 'RS256'];
    const taken = (of: typeof policies) =>
      algorithms.filter(
        (one) =>
          Object.keys(problemsOf({ ...client, token_endpoint_auth_signing_alg: one }, of))
            .length === 0,
      );
    expect(taken(policies)).toEqual(['PS256', 'ES256']);
    expect(taken(fapi.policies)).toEqual(['PS256', 'ES256', 'EdDSA', 'Ed25519']);
  });
});

describe('a client of private_key_jwt', () => {
  const signing = { ...service, token_endpoint_auth_method: 'private_key_jwt', jwks };

  it('gets no secret', () => {
    const { client, secret } = registerClient(signing, context);
    expect([client.secrets, secret]).toEqual([[], undefined]);
    expect(() => addSecret(client, random, 1000, 0)).toThrow('private_key_jwt has no secret');
  });
});

describe('the secret of a client of client_secret_jwt', () => {
  const vault = createVault(randomBytes(32));
  const registered = registerClient(
    { ...service, token_endpoint_auth_method: 'client_secret_jwt' },
    context,
  );
  const kept = withSealedSecret(vault, registered.client, registered.secret);

  it('is stored sealed while it is replaced, each of two and only once', () => {
    const added = addSecret(kept, random, 2000, 60);
    const both = withSealedSecret(vault, added.client, added.secret);
    expect(both.secrets.map(({ sealed }) => typeof sealed)).toEqual(['string', 'string']);
    expect(both.secrets[0]?.sealed).toBe(kept.secrets[0]?.sealed);
    expect(withSealedSecret(vault, both, added.secret)).toEqual(both);
  });

  it('is stored only as a digest after the client changed to sending it', () => {
    const plain = withSealedSecret(
      vault,
      { ...kept, authenticationMethods: ['client_secret_post'] },
      undefined,
    );
    expect(plain.secrets[0]).toEqual(registered.client.secrets[0]);
  });
});

it('without mutual TLS, a client that authenticates by certificates cannot be registered', () => {
  const features = { mutualTls: false };
  const register = (client: Partial<ClientRegistration>) => () =>
    registerClient({ ...service, ...client }, { ...context, features });
  const byName = {
    token_endpoint_auth_method: 'tls_client_auth',
    tls_client_auth_san_dns: 'a.example',
  };
  expect(register(byName)).toThrow('mutual TLS is off');
  expect(register({ tls_client_certificate_bound_access_tokens: true })).toThrow(
    'mutual TLS is off',
  );
  expect(register({})).not.toThrow();
});
