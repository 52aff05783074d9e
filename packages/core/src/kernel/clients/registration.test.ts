import { randomBytes } from 'node:crypto';
import { digest } from '@keywright/jwt';
import { describe, expect, it } from 'vitest';
import { registerApi } from '../apis/registration.ts';
import { ConfigError } from '../../model/errors.ts';
import type { Api } from '../../model/entities.ts';
import { resolveOptions } from '../policy/options.ts';
import { explainClient } from './explain.ts';
import type { ClientRegistration } from './client-registration.ts';
import { registerClient } from './registration.ts';
import { addSecret } from './secrets.ts';

const api: Api = {
  identifier: 'https://api.example',
  name: 'API',
  scopes: [{ name: 'read', description: 'Read' }],
  introspectors: [],
  tokenStatus: false,
  origin: 'config',
};
const random = { bytes: (length: number) => randomBytes(length) };
const context = { now: 1000, random, apis: [api], origin: 'command' } as const;
const web: ClientRegistration = {
  kind: 'web',
  trust: 'third-party',
  client_name: 'Heatlens',
  redirect_uris: ['https://app.example/cb'],
  scope: 'openid read',
};

function problemsOf(changes: Partial<ClientRegistration>): readonly string[] {
  return faultsOf(() => registerClient({ ...web, ...changes }, context));
}

function faultsOf(register: () => unknown): readonly string[] {
  try {
    register();
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems.map((problem) => problem.path);
    throw error;
  }
}

describe('registering a client', () => {
  it('makes a secret of 256 bits, shows it once and stores its digest', () => {
    const { client, secret = '' } = registerClient(web, context);
    expect(secret).toMatch(/^[A-Za-z0-9_-]{43}$/);
    expect(client.secrets.map((kept) => kept.digest)).toEqual([digest(secret)]);
    expect(JSON.stringify(client)).not.toContain(secret);
  });

  it.each([
    [{ kind: 'toaster' }, ['client.kind']],
    [{ trust: 'blind' }, ['client.trust']],
    [{ kind: 'service', trust: 'unverified' }, ['client.trust']],
    [{ client_id: 'x' }, ['client.client_id']],
    [{ client_id: 'usr_somebody' }, ['client.client_id']],
    [{ client_id: 'fam_somebody' }, ['client.client_id']],
    [{ client_id: 'key_somebody' }, ['client.client_id']],
    [{ redirect_uris: [] }, ['client.redirect_uris']],
    [{ kind: 'browser', require_pkce: false }, ['client.require_pkce']],
    [{ kind: 'native', require_pkce: false }, ['client.require_pkce']],
    [{ redirect_uris: ['javascript:alert(1)'] }, ['client.redirect_uris[0]']],
    [{ grant_types: ['password'] }, ['client.grant_types[0]']],
    [{ grant_types: ['magic'] }, ['client.grant_types[0]']],
    [{ grant_types: ['refresh_token'] }, ['client.grant_types']],
    [{ scope: 'openid burn' }, ['client.scope']],
    [{ optional_scope: 'email' }, ['client.optional_scope']],
    [{ optional_scope: 'openid' }, ['client.optional_scope']],
    [{ trust: 'unverified' }, ['client.scope']],
    [{ client_secret: 'short' }, ['client.client_secret']],
    [{ token_endpoint_auth_method: 'none' }, ['client.token_endpoint_auth_method']],
    [{ token_endpoint_auth_method: 'magic' }, ['client.token_endpoint_auth_method']],
    [{ kind: 'native', client_secret: 'x'.repeat(32) }, ['client.client_secret']],
    [{ id_token_signed_response_alg: 'none' }, ['client.id_token_signed_response_alg']],
    [{ client_name: '' }, ['client.client_name']],
    [{ client_name: 'Bank\u202Eknab' }, ['client.client_name']],
    [{ publisher: 'x'.repeat(101) }, ['client.publisher']],
    [{ client_uri: 'javascript:alert(1)' }, ['client.client_uri']],
  ] as const)('refuses %j at its path', (changes, paths) => {
    expect(problemsOf(changes)).toEqual(paths);
  });

  it('reports each problem at once', () => {
    expect(
      problemsOf({ client_id: 'x', scope: 'burn', redirect_uris: ['x'], client_name: '' }),
    ).toHaveLength(4);
  });

  // OpenID Connect Core §3.1.3.7 point 7: libraries that were told nothing take nothing else.
  it('uses RS256 for ID tokens of a client that names no algorithm, and ES256 where there is no RS256 key', () => {
    const algorithmOf = (more: object) =>
      registerClient(web, { ...context, ...more }).client.idTokenAlgorithm;
    expect([algorithmOf({}), algorithmOf({ keyAlgorithms: ['ES256', 'EdDSA'] })]).toEqual([
      'RS256',
      'ES256',
    ]);
  });

  it('can make PKCE optional for one client, but not under a profile that demands it', () => {
    const old = { ...web, require_pkce: false };
    expect(registerClient(old, context).client.settings).toEqual({ requirePkce: false });
    expect(registerClient({ ...web, require_pkce: true }, context).client.settings).toBeUndefined();
    const { policies } = resolveOptions({ issuer: 'https://as.example', profile: 'oauth-2.1' });
    expect(() => registerClient(old, { ...context, policies })).toThrow(/require_pkce/);
    const open = resolveOptions({ issuer: 'https://as.example' });
    for (const profile of ['oauth-2.1', 'fapi-2', 'mcp'] as const)
      expect(() =>
        registerClient({ ...old, profile }, { ...context, policies: open.policies }),
      ).toThrow(/client\.require_pkce/);
  });

  it('can make refresh tokens last for one client, but not for an unverified client, and not with another value', () => {
    const lasting = {
      ...web,
      refresh_absolute_seconds: 'never',
      refresh_retry_seconds: 'until_used',
    };
    const settings = { refreshAbsoluteSeconds: 'never', refreshRetrySeconds: 'until_used' };
    const { client } = registerClient(lasting, context);
    expect(client.settings).toEqual(settings);
    const text = explainClient(
      client,
      resolveOptions({ issuer: 'https://as.example' }).lifetimes,
    ).join('\n');
    expect(text).toContain('30 days without use, with no absolute end');
    expect(text).toContain('until its successor is used');
    const both = ['client.refresh_absolute_seconds', 'client.refresh_retry_seconds'];
    const stranger = { ...lasting, trust: 'unverified', scope: 'openid' };
    expect(problemsOf(stranger)).toEqual(expect.arrayContaining(both));
    for (const word of ['', 'Never', '0', 'used'])
      expect(
        problemsOf({ ...web, refresh_absolute_seconds: word, refresh_retry_seconds: word }),
      ).toEqual(both);
    const { policies } = resolveOptions({ issuer: 'https://as.example' });
    expect(() =>
      registerClient({ ...lasting, profile: 'fapi-2' }, { ...context, policies }),
    ).toThrow(/refresh_retry_seconds: cannot be until_used under this profile/);
    for (const profile of ['oauth-2.1', 'mcp'] as const)
      expect(
        registerClient({ ...lasting, profile }, { ...context, policies }).client.settings,
      ).toMatchObject(settings);
  });

  it('adds a secret beside the former one, which ends after the overlap, and never a third', () => {
    let { client } = registerClient(web, context);
    for (const now of [2000, 2100]) client = addSecret(client, random, now, 3600).client;
    expect(client.secrets.map((secret) => secret.expiresAt)).toEqual([5700, undefined]);
  });
});

describe('the declaration of an API', () => {
  const good = {
    identifier: 'https://other.example',
    name: 'Other',
    scopes: [{ name: 'write', description: 'Write' }],
  };
  it.each([
    [{ identifier: 'x' }, 'api.identifier'],
    [{ identifier: 'https://x.example#y' }, 'api.identifier'],
    [{ name: '' }, 'api.name'],
    [{ scopes: [{ name: 'read', description: 'Read' }] }, 'api.scopes[0].name'],
    [{ scopes: [{ name: 'openid', description: 'x' }] }, 'api.scopes[0].name'],
    [{ scopes: [{ name: 'two words', description: 'x' }] }, 'api.scopes[0].name'],
    [{ scopes: [{ name: 'write', description: '' }] }, 'api.scopes[0].description'],
  ])('is refused with %j', (changes, path) => {
    expect(() => registerApi({ ...good, ...changes }, { apis: [api], origin: 'config' })).toThrow(
      path,
    );
  });

  it('without its members is refused with every problem, also from JavaScript', () => {
    const fault = (input: object) =>
      faultsOf(() => registerApi(input as never, { apis: [api], origin: 'config' }));
    expect(fault({})).toEqual(['api.identifier', 'api.name', 'api.scopes']);
    expect(fault({ ...good, scopes: [{ name: 'write' }, undefined] })).toEqual([
      'api.scopes[0].description',
      'api.scopes[1].name',
      'api.scopes[1].description',
    ]);
  });
});

describe('the explanation of a client', () => {
  it('lists what it may do, and why', () => {
    const { client } = registerClient(web, context);
    const text = explainClient(
      client,
      resolveOptions({ issuer: 'https://as.example' }).lifetimes,
    ).join('\n');
    expect(text).toContain('Heatlens');
    expect(text).toContain('third_party_app');
    expect(text).toMatch(/yes {2}authorization_code: on by default in its tier/);
    expect(text).toMatch(/no {3}password: never for the tier third_party_app/);
    expect(text).toContain('asked the first time, and for new access');
    expect(text).not.toContain('Details');
  });

  it('lists what was switched on beyond its tier', () => {
    const settings = {
      authorizationDetailsTypes: ['access'],
      firstPartyChallenge: true,
      requirePkce: false,
    } as const;
    const client = { ...registerClient(web, context).client, settings };
    const text = explainClient(
      client,
      resolveOptions({ issuer: 'https://as.example' }).lifetimes,
    ).join('\n');
    expect(text).toMatch(/Details +access: it may ask for these/);
    expect(text).toMatch(/Challenge +it may ask for passwords itself/);
    expect(text).toMatch(/PKCE +not required if the profile allows it/);
  });
});

describe('the options of the server', () => {
  it.each([
    'x',
    'ftp://x',
    'https://x.example/',
    'https://x.example?y',
    'HTTPS://x.example',
    'https://u@x.example',
  ])('do not accept %s as the issuer', (issuer) => {
    expect(() => resolveOptions({ issuer })).toThrow(ConfigError);
  });

  it('report each lifetime that is out of bounds at once', () => {
    const lifetimes = {
      service: { accessTokenSeconds: 0 },
      third_party_app: { codeSeconds: 61, refreshIdleSeconds: 10 ** 9 },
    };
    try {
      resolveOptions({ issuer: 'https://as.example', lifetimes });
      expect.unreachable();
    } catch (error) {
      expect((error as ConfigError).problems).toHaveLength(3);
    }
  });
});
