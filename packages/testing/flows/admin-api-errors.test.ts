/** Callers that the admin API refuses, and data that it does not give. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TestPlatform } from '../src/index.ts';
import { createDynamicClients } from './dynamic-clients.ts';
import { call, tokenOf } from './permissions-service.ts';
import { ada, clients, obtainTokens } from './sunrise.ts';

const scopes = [
  'clients:read',
  'clients:write',
  'clients:trust',
  'keys:write',
  'requests:answer',
  'registration:write',
  'accounts:manage',
  'accounts:password',
];
const service = (client_id: string, scope: string) =>
  ({ client_id, kind: 'service', trust: 'first-party', client_name: client_id, scope }) as const;

let platform: TestPlatform;
beforeAll(async () => {
  platform = await createDynamicClients({
    clients: [
      ...clients,
      service('operator', scopes.join(' ')),
      service('other', 'permissions:read'),
      ...scopes.map((scope) =>
        service(`no-${scope.replace(':', '-')}`, scopes.filter((one) => one !== scope).join(' ')),
      ),
    ],
  });
});
afterAll(() => platform.close());

const doors = [
  ['GET', '/admin/v1/clients', 'clients:read'],
  ['POST', '/admin/v1/clients', 'clients:write'],
  ['PATCH', '/admin/v1/clients', 'clients:write'],
  ['DELETE', '/admin/v1/clients', 'clients:write'],
  ['POST', '/admin/v1/clients/secret', 'clients:write'],
  ['GET', '/admin/v1/keys', 'keys:write'],
  ['POST', '/admin/v1/keys', 'keys:write'],
  ['POST', '/admin/v1/registration-tokens', 'registration:write'],
  ['GET', '/admin/v1/requests', 'requests:answer'],
  ['POST', '/admin/v1/requests', 'requests:answer'],
  ['GET', '/admin/v1/accounts', 'accounts:manage'],
  ['DELETE', '/admin/v1/accounts', 'accounts:manage'],
  ['POST', '/admin/v1/clients/enable', 'clients:write'],
  ['POST', '/admin/v1/accounts/enable', 'accounts:manage'],
  ['POST', '/admin/v1/accounts/password', 'accounts:password'],
] as const;

const send = (method: string, path: string, token: string | undefined, body?: unknown) =>
  call(platform, path, token, { method, ...(method === 'POST' ? { body: body ?? {} } : {}) });
const asOperator = async (method: string, path: string, body?: unknown) =>
  send(method, path, await tokenOf(platform, 'operator'), body);

describe('each endpoint of the admin API:', () => {
  it.each(doors)(
    '%s %s takes no parameter in its address that it does not know',
    async (method, path) => {
      const { status, json } = await asOperator(method, `${path}?withdraw=true`);
      expect([status, json]).toMatchObject([
        400,
        { reason: method === 'POST' ? 'credentials_in_query' : 'parameter_malformed' },
      ]);
    },
  );

  it.each(doors)(
    '%s %s is 401 without a token, with a challenge that names the scope',
    async (method, path, scope) => {
      const answer = await send(method, path, undefined);
      expect(answer.status).toBe(401);
      expect(answer.headers['www-authenticate']).toContain(`scope="${scope}"`);
    },
  );

  it.each(doors)(
    '%s %s is 403 without its own scope, whatever other scopes there are',
    async (method, path, scope) => {
      const token = await tokenOf(platform, `no-${scope.replace(':', '-')}`);
      const answer = await send(method, path, token);
      expect([answer.status, answer.json['error']]).toEqual([403, 'insufficient_scope']);
    },
  );

  it.each(doors)(
    '%s %s is no place for a token with a person in it, or of another API',
    async (method, path) => {
      const { access_token } = await obtainTokens(platform);
      expect((await send(method, path, access_token)).status).toBe(401);
      const other = await send(method, path, await tokenOf(platform, 'other'));
      expect(other.status).toBe(403);
    },
  );

  it.each([...new Set(doors.map(([, path]) => path))])(
    '%s is open to no script of another origin',
    async (path) => {
      const answer = await call(platform, path, undefined, {
        method: 'OPTIONS',
        headers: { origin: 'https://evil.example' },
      });
      expect(answer.status).toBe(405);
      expect(answer.headers).not.toHaveProperty('access-control-allow-origin');
    },
  );
});

describe('the admin API refuses', () => {
  const client = { kind: 'service', trust: 'first-party', client_name: 'Ladder' };

  it('a client with an admin scope: a client that can create administrators would be one itself', async () => {
    for (const scope of [...scopes, 'permissions:write']) {
      const answer = await asOperator('POST', '/admin/v1/clients', { ...client, scope });
      expect([answer.status, answer.json['error']]).toEqual([400, 'invalid_client_metadata']);
    }
  });

  it.each(['secret', 'enable'])('the action %s for an administrator client', async (what) => {
    const answer = await asOperator('POST', `/admin/v1/clients/${what}`, { client_id: 'other' });
    expect([answer.status, answer.json['error_description']]).toEqual([
      403,
      expect.stringContaining('administrator'),
    ]);
  });

  it('a secret for a client of the configuration, which the next start would replace', async () => {
    const former = await platform.store.clients.load('heatlens');
    const answer = await asOperator('POST', '/admin/v1/clients/secret', { client_id: 'heatlens' });
    expect([answer.status, answer.json['error_description']]).toEqual([
      403,
      expect.stringContaining('configuration'),
    ]);
    expect(await platform.store.clients.load('heatlens')).toStrictEqual(former);
  });

  it('a secret for a client that cannot keep one', async () => {
    const pocket = { kind: 'native', trust: 'third-party', client_name: 'Pocket', scope: 'openid' };
    const made = await asOperator('POST', '/admin/v1/clients', {
      ...pocket,
      redirect_uris: ['com.example.pocket:/cb'],
    });
    const { client_id } = made.json;
    expect((await asOperator('POST', '/admin/v1/clients/secret', { client_id })).status).toBe(400);
  });

  it('a client in the place of an existing one', async () => {
    const taken = { ...client, client_id: 'heatlens', scope: '' };
    const answer = await asOperator('POST', '/admin/v1/clients', taken);
    expect([answer.status, answer.reason]).toEqual([409, 'object_exists']);
    expect((await platform.store.clients.load('heatlens'))?.kind).toBe('web');
  });
});

describe('the admin API explains a refusal:', () => {
  it.each([
    ['GET', '/admin/v1/clients?origin=moon', undefined],
    ['GET', '/admin/v1/clients?limit=0', undefined],
    ['GET', '/admin/v1/clients?name=x', undefined],
    ['GET', '/admin/v1/clients?after=made-up', undefined],
    ['DELETE', '/admin/v1/clients', undefined],
    ['POST', '/admin/v1/clients', {}],
    [
      'POST',
      '/admin/v1/clients',
      {
        kind: 'web',
        trust: 'third-party',
        client_name: 'X',
        redirect_uris: ['javascript:alert(1)'],
      },
    ],
    [
      'POST',
      '/admin/v1/clients',
      { kind: 'web', trust: 'third-party', client_name: 'X', redirect_uris: 'https://x.example/' },
    ],
    ...['constructor', '__proto__', 'none'].map(
      (profile) =>
        [
          'POST',
          '/admin/v1/clients',
          { kind: 'web', trust: 'third-party', client_name: 'X', profile },
        ] as const,
    ),
    ...[
      {},
      { impersonation: true },
      { impersonation: true, audiences: 'https://sunrise.example/buildings/too' },
      { impersonation: true, audiences: [{}] },
      { impersonation: 'yes', audiences: ['https://sunrise.example/buildings'] },
    ].map(
      (token_exchange) =>
        [
          'POST',
          '/admin/v1/clients',
          {
            kind: 'service',
            trust: 'first-party',
            client_name: 'X',
            grant_types: ['client_credentials', 'urn:ietf:params:oauth:grant-type:token-exchange'],
            token_exchange,
          },
        ] as const,
    ),
    ['POST', '/admin/v1/clients', []],
    ['POST', '/admin/v1/clients/secret', {}],
    ['POST', '/admin/v1/clients/secret', { client_id: 'heatlens', overlap_seconds: -1 }],
    ['POST', '/admin/v1/keys', { alg: 'none' }],
    ['POST', '/admin/v1/keys', { withdraw: 'yes' }],
    ['POST', '/admin/v1/keys', { lead_seconds: 1.5 }],
    ['POST', '/admin/v1/registration-tokens', { uses: 0 }],
    ['POST', '/admin/v1/registration-tokens', { uses: '1' }],
    ['POST', '/admin/v1/registration-tokens', { expires_in: 1e12 }],
    ['GET', '/admin/v1/requests', undefined],
    ['POST', '/admin/v1/requests', { account_id: 'usr_x', decision: 'maybe', user_code: 'x' }],
    ['POST', '/admin/v1/requests', { account_id: 'usr_x', decision: 'approve' }],
    [
      'POST',
      '/admin/v1/requests',
      { account_id: 'usr_x', decision: 'approve', user_code: 'x', device_code: 'y' },
    ],
    [
      'POST',
      '/admin/v1/requests',
      { account_id: 'usr_x', decision: 'approve', user_code: 'BCDF-GHJK' },
    ],
    ['DELETE', '/admin/v1/accounts', undefined],
    ['POST', '/admin/v1/clients/enable', {}],
    ['POST', '/admin/v1/accounts/enable', {}],
    ['POST', '/admin/v1/accounts/password', { password: 'tangle ember orbit' }],
  ] as const)('%s %s %j is 400', async (method, path, body) => {
    expect((await asOperator(method, path, body)).status).toBe(400);
  });

  it.each([
    [{ password: 'short' }, 'password must be at least 8 characters long.'],
    [{}, 'password is required.'],
    [{ password: 'tangle ember orbit', end_grants: 'yes' }, 'end_grants must be true or false.'],
  ])('a password is not set by %j', async (body, description) => {
    const account_id = platform.accounts.get(ada)?.id ?? '';
    const before = await platform.store.accounts.load(account_id);
    const answer = await asOperator('POST', '/admin/v1/accounts/password', { account_id, ...body });
    expect([answer.status, answer.json['error_description']]).toEqual([400, description]);
    expect(await platform.store.accounts.load(account_id)).toEqual(before);
  });

  it.each([
    ['/admin/v1/clients/enable', { client_id: 'nobody' }],
    ['/admin/v1/accounts/enable', { account_id: 'usr_nobody' }],
    ['/admin/v1/accounts/password', { account_id: 'usr_nobody', password: 'tangle ember orbit' }],
  ])('POST %s %j is 404', async (path, body) => {
    expect((await asOperator('POST', path, body)).status).toBe(404);
  });

  it.each([
    ['GET', '/admin/v1/clients?client_id=nobody'],
    ['DELETE', '/admin/v1/clients?client_id=nobody'],
    ['GET', '/admin/v1/accounts?account_id=usr_nobody'],
    ['DELETE', '/admin/v1/accounts?account_id=usr_nobody'],
    ['GET', '/admin/v1/nothing'],
  ])('%s %s is 404', async (method, path) => {
    expect((await asOperator(method, path)).status).toBe(404);
  });
});
