/** Changes of clients that are refused, and that store nothing. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Answer, TestPlatform } from '../src/index.ts';
import { createDynamicClients } from './dynamic-clients.ts';
import { call, tokenOf } from './permissions-service.ts';
import { buildings, callback, clients } from './sunrise.ts';

const path = '/admin/v1/clients';
const service = (client_id: string, scope: string) =>
  ({ client_id, kind: 'service', trust: 'first-party', client_name: client_id, scope }) as const;
const roof = {
  client_id: 'roof',
  kind: 'web',
  trust: 'third-party',
  client_name: 'Roof Rental',
  redirect_uris: ['https://roof.example/cb'],
  scope: 'openid buildings:read',
};
const night = {
  client_id: 'night',
  kind: 'service',
  trust: 'third-party',
  client_name: 'Night Job',
};

let platform: TestPlatform;
beforeEach(async () => {
  platform = await createDynamicClients({
    clients: [
      ...clients,
      service('writer', 'clients:read clients:write buildings:read'),
      service('truster', 'clients:write clients:trust buildings:read'),
      service('auditor', 'clients:read'),
    ],
  });
  const token = await tokenOf(platform, 'writer');
  for (const body of [roof, night]) await call(platform, path, token, { body });
  for (const id of ['portal', 'collector', 'buildings-api', 'auditor'])
    await save(id, { origin: 'command' });
});
afterEach(() => platform.close());

async function save(id: string, members: object): Promise<void> {
  const client = await platform.store.clients.load(id);
  if (client === undefined) throw new Error(`there is no ${id}`);
  await platform.store.clients.save({ ...client, ...members });
}

interface Sent {
  readonly caller?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly query?: string;
}

async function change(
  id: string,
  body: unknown,
  { caller = 'writer', headers = { 'if-match': '*' }, query = '' }: Sent = {},
): Promise<Answer> {
  const token = await tokenOf(platform, caller);
  return call(platform, `${path}?client_id=${id}${query}`, token, {
    method: 'PATCH',
    body,
    headers,
  });
}

/** The answer, after checking that the client has not changed. */
async function refused(...[id, body, sent]: Parameters<typeof change>): Promise<Answer> {
  const before = await platform.store.clients.load(id);
  const answer = await change(id, body, sent);
  expect(await platform.store.clients.load(id)).toStrictEqual(before);
  expect(platform.events.filter(({ type }) => type === 'client.changed')).toEqual([]);
  return answer;
}

it('names all faults of a change at once, also beside a member that does not exist', async () => {
  const wrong = { redirect_uri: 'x', redirect_uris: ['http://roof.example/cb'], scope: 'unknown' };
  const answer = await change('roof', wrong);
  expect(answer.status).toBe(400);
  for (const name of ['redirect_uri is not', 'redirect_uris', 'scope'])
    expect(answer.body).toContain(name);
});

describe('a change of a client must name the state that it changes:', () => {
  it('without If-Match it is 428 (RFC 6585 §3)', async () => {
    const answer = await refused('roof', { client_name: 'X' }, { headers: {} });
    expect([answer.status, answer.json['reason']]).toEqual([428, 'precondition_required']);
  });

  it.each(['"other"', 'W/"other"', '"a", "b"', 'roof'])(
    'after a change by others it is 412: %s (RFC 9110 §15.5.13)',
    async (tag) => {
      const answer = await refused('roof', { client_name: 'X' }, { headers: { 'if-match': tag } });
      expect([answer.status, answer.json['reason']]).toEqual([412, 'precondition_failed']);
    },
  );

  it('a weak tag with the right value is 412 (RFC 9110 §8.8.3.2)', async () => {
    const token = await tokenOf(platform, 'writer');
    const { etag = '' } = (await call(platform, `${path}?client_id=roof`, token, { method: 'GET' }))
      .headers;
    expect(
      (await refused('roof', { client_name: 'X' }, { headers: { 'if-match': `W/${etag}` } }))
        .status,
    ).toBe(412);
    expect(
      (await change('roof', { client_name: 'X' }, { headers: { 'if-match': `"a", ${etag}` } }))
        .status,
    ).toBe(200);
  });

  it.each([
    ['no client', '', 400],
    ['a client that is not there', '?client_id=nobody', 404],
    ['an unknown parameter', '?client_id=roof&force=true', 400],
    ['another word for subjects', '?client_id=roof&subjects=keep', 400],
  ])('and of %s is refused', async (_, query, status) => {
    const token = await tokenOf(platform, 'writer');
    const answer = await call(platform, `${path}${query}`, token, {
      method: 'PATCH',
      body: { client_name: 'X' },
      headers: { 'if-match': '*' },
    });
    expect(answer.status).toBe(status);
  });

  it.each([[[]], ['text'], [1]])('in an object, %j is 400', async (body) => {
    expect((await refused('roof', body)).status).toBe(400);
  });
});

describe('a change that would make the client invalid', () => {
  it('is refused as a whole, and all problems are reported at once', async () => {
    const answer = await refused('roof', {
      client_name: 'Better Name',
      redirect_uris: ['javascript:alert(1)', 'https://roof.example/cb', 'http://roof.example/cb'],
      grant_types: ['password', 'authorization_code'],
      client_uri: 'https://roof.example',
      optional_scope: 'invoices:read',
    });
    expect([answer.status, answer.json['error']]).toEqual([400, 'invalid_client_metadata']);
    for (const member of [
      'redirect_uris[0]',
      'redirect_uris[2]',
      'grant_types[0]',
      'optional_scope',
    ])
      expect(answer.json['error_description']).toContain(member);
  });

  it.each([
    [{ redirect_uris: null }],
    [{ redirect_uris: 'https://roof.example/cb' }],
    [{ client_name: null }],
    [{ kind: null }],
    [{ kind: 'toaster' }],
    [{ kind: 'service' }],
    [{ scope: 'openid nothing:read' }],
    [{ profile: 'constructor' }],
    [{ token_endpoint_auth_method: 'none' }],
    [{ token_endpoint_auth_method: 'private_key_jwt' }],
    [{ require_pkce: 'no' }],
    [{ redirect_urls: ['https://roof.example/cb'] }],
    [{ client_id: 'other' }],
    [{ client_id: null }],
    [{ client_secret: 'x'.repeat(43) }],
    [{ status: 'disabled' }],
    [{ origin: 'config' }],
    [{ created_at: 1 }],
    [{ secrets: [] }],
    [JSON.parse('{"__proto__": {"trust": "first-party"}}') as object],
    [{ registration_token_digest: 'x' }],
  ])('is 400 for %j', async (body) => {
    expect((await refused('roof', body)).status).toBe(400);
  });
});

describe('a caller with only clients:write', () => {
  it.each([[{ trust: 'first-party' }], [{ trust: 'unverified', scope: 'openid' }]])(
    'cannot change the trust of a client: %j',
    async (body) => {
      const answer = await refused('roof', body);
      expect([answer.status, answer.json['error']]).toEqual([403, 'insufficient_scope']);
      expect((await change('roof', body, { caller: 'truster' })).status).toBe(200);
    },
  );

  it('cannot let a service exchange tokens of other clients', async () => {
    const body = {
      grant_types: ['client_credentials', 'urn:ietf:params:oauth:grant-type:token-exchange'],
      token_exchange: { impersonation: true, audiences: [buildings] },
    };
    expect((await refused('night', body)).status).toBe(403);
  });

  it.each(['writer', 'truster'])(
    'cannot give a scope that the caller %s does not have',
    async (caller) => {
      const answer = await refused(
        'roof',
        { scope: 'openid buildings:read invoices:read' },
        { caller },
      );
      expect([answer.status, answer.json['error_description']]).toEqual([
        400,
        'scope invoices:read is not a scope of the caller',
      ]);
    },
  );

  it.each(['portal', 'collector', 'buildings-api', 'auditor', 'heatlens', 'writer'])(
    'cannot change %s, which has more scopes, is an administrator’s client, or is in the configuration',
    async (id) => {
      for (const body of [
        { redirect_uris: ['https://evil.example/cb'] },
        { jwks_uri: callback },
        {},
      ]) {
        const answer = await refused(id, body);
        expect([answer.status, answer.json['reason']]).toEqual([403, 'resource_forbidden']);
      }
    },
  );

  it.each([
    'https://evil.example/cb',
    'https://roof.example.evil.example/cb',
    'https://roof.example:8443/cb',
  ])('cannot send users who consented before to another origin: %s', async (uri) => {
    const body = { redirect_uris: [...roof.redirect_uris, uri] };
    const answer = await refused('roof', body);
    expect([answer.status, answer.json['reason']]).toEqual([403, 'scope_insufficient']);
    expect((await change('roof', body, { caller: 'truster' })).status).toBe(200);
  });

  it('can change a redirect URI within the origin that users know', async () => {
    expect((await change('roof', { redirect_uris: ['https://roof.example/second'] })).status).toBe(
      200,
    );
  });

  it('cannot change a client whose metadata is a document', async () => {
    await save('night', { origin: 'document' });
    expect((await refused('night', { client_name: 'X' })).status).toBe(403);
  });
});
