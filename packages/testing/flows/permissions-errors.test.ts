/**
 * Callers that may not ask, and invalid questions: the contract of 401, 403 and 400, with attempts
 * to bypass it.
 */
import { ConfigError, registerApi, registerClient } from '@keywright/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { TestPlatform } from '../src/index.ts';
import { call, createAccess, createManager, tokenOf } from './permissions-service.ts';
import { ada, authorizeLink, createSunrise, obtainTokens, refresh, tokensOf } from './sunrise.ts';

let platform: TestPlatform;
let manager: Awaited<ReturnType<typeof createManager>>;
beforeEach(async () => {
  platform = await createAccess();
  manager = await createManager(platform);
});
afterEach(() => platform.close());

const question = {
  subject: { type: 'user', id: 'ada' },
  action: { name: 'read' },
  resource: { type: 'building', id: '1' },
};
const addresses = [
  ['POST', '/access/v1/evaluation', 'permissions:check'],
  ['POST', '/access/v1/evaluations', 'permissions:check'],
  ['POST', '/access/v1/search/subject', 'permissions:check'],
  ['POST', '/access/v1/search/resource', 'permissions:check'],
  ['POST', '/access/v1/search/action', 'permissions:check'],
  ...['permissions', 'memberships', 'parents'].flatMap((list) => [
    ['GET', `/admin/${list}`, 'permissions:read'],
    ['PUT', `/admin/${list}`, 'permissions:write'],
    ['DELETE', `/admin/${list}`, 'permissions:write'],
  ]),
] as [string, string, string][];

describe.each(addresses)('%s %s needs %s', (method, path, scope) => {
  const ask = (token: string | undefined, more: object = {}) =>
    call(platform, path, token, {
      method,
      ...(method === 'GET' ? {} : { body: question }),
      ...more,
    });

  it('answers 401 with a challenge and no error code without a token (RFC 6750 §3.1)', async () => {
    const answer = await ask(undefined);
    expect([answer.status, answer.reason, answer.json['error']]).toEqual([
      401,
      'token_missing',
      undefined,
    ]);
    expect(answer.headers['www-authenticate']).toContain(
      `Bearer realm="https://as.example", scope="${scope}", DPoP algs="`,
    );
    const basic = await ask(undefined, { headers: { authorization: 'Basic eDp5' } });
    expect([basic.status, basic.reason]).toEqual([401, 'token_missing']);
  });

  it('answers 401 invalid_token for a token that is not ours', async () => {
    const signed = manager.token.split('.');
    for (const token of [
      'x',
      'a.b.c',
      `${signed[0]}.${signed[1]}.AAAA`,
      manager.token.slice(0, -4),
    ]) {
      const answer = await ask(token);
      expect([answer.status, answer.json['error']]).toEqual([401, 'invalid_token']);
      expect(answer.headers['www-authenticate']).toContain('error="invalid_token"');
    }
    platform.clock.advance(601);
    expect((await ask(manager.token)).reason).toBe('token_expired');
  });

  it('answers 403 with the scope to a service that has another scope', async () => {
    const holder = {
      'permissions:check': 'reader',
      'permissions:read': 'writer',
      'permissions:write': 'checker',
    }[scope];
    const answer = await ask(await tokenOf(platform, holder as string));
    expect([answer.status, answer.json['error']]).toEqual([403, 'insufficient_scope']);
    expect(answer.headers['www-authenticate']).toContain(`scope="${scope}"`);
    expect(platform.events.at(-1)).toMatchObject({
      reason: 'scope_insufficient',
      clientId: holder,
    });
  });

  it('accepts no token in the address, and allows scripts of no other origin', async () => {
    const inQuery = await call(platform, `${path}?access_token=${manager.token}`, undefined, {
      method,
    });
    expect([inQuery.status, inQuery.reason]).toEqual([400, 'token_in_query']);
    expect(inQuery.headers).not.toHaveProperty('access-control-allow-origin');
  });

  it('is refused to a client as soon as it is disabled or loses the scope', async () => {
    const client = await platform.store.clients.load('manager');
    if (client === undefined) throw new Error('no client');
    await platform.store.clients.save({
      ...client,
      scopes: client.scopes.filter((one) => one !== scope),
    });
    expect((await ask(manager.token)).status).toBe(403);
    await platform.store.clients.disable('manager', platform.clock.nowSeconds());
    expect((await ask(manager.token)).reason).toBe('token_ended');
  });
});

describe('a valid token for another API', () => {
  it('is refused at the permissions API, whatever scopes it has (RFC 9068 §4)', async () => {
    const sunrise = await createSunrise();
    const { access_token } = await obtainTokens(sunrise);
    const answer = await call(sunrise, '/access/v1/evaluation', access_token, { body: question });
    expect([answer.status, answer.reason]).toEqual([401, 'token_audience_wrong']);
    await sunrise.close();
  });
});

describe('the scopes of the permissions API are only for first-party services:', () => {
  const admin = 'permissions:read permissions:write permissions:check';
  const registration = {
    client_name: 'X',
    redirect_uris: ['https://x.example/callback'],
    scope: `openid ${admin}`,
  };
  const context = () => ({
    now: 0,
    random: platform.ports.random,
    apis: [],
    origin: 'command' as const,
  });

  it.each([
    ['web', 'first-party'],
    ['web', 'third-party'],
    ['browser', 'first-party'],
    ['native', 'first-party'],
    ['service', 'third-party'],
  ])('a %s %s client cannot be registered with them', (kind, trust) => {
    const scoped = kind === 'service' ? { client_name: 'X', scope: admin } : registration;
    const register = () => registerClient({ ...scoped, kind, trust }, context());
    expect(register).toThrow(ConfigError);
    expect(register).toThrow('only first-party services may use');
  });

  it('no other API can declare them, by name or by scope', () => {
    const scopes = [{ name: 'permissions:write', description: 'Write permissions' }];
    const api = { identifier: 'https://evil.example', name: 'Evil', scopes };
    expect(() => registerApi(api, { apis: [], origin: 'command' })).toThrow(
      'belongs to the API of the server',
    );
  });

  it('an API in the store that declares them gives no access to them', async () => {
    const evil = {
      identifier: 'https://evil.example',
      name: 'Evil',
      scopes: [{ name: 'permissions:check', description: 'x' }],
      introspectors: ['checker'],
      tokenStatus: false,
      origin: 'config' as const,
    };
    await platform.store.apis.save(evil);
    await platform.store.apis.save({
      ...evil,
      identifier: 'https://as.example/admin',
      name: 'Also evil',
    });
    const form = { grant_type: 'client_credentials', scope: 'permissions:check' };
    const { access_token: token } = tokensOf(await platform.post('/token', form, 'manager'));
    expect((await call(platform, '/access/v1/evaluation', token, { body: question })).status).toBe(
      200,
    );
    expect((await platform.post('/introspect', { token }, 'checker')).json).toEqual({
      active: false,
    });
    const { json } = await platform.get('/.well-known/oauth-authorization-server');
    const named = (json['protected_resources'] as string[]).filter(
      (one) => one === 'https://as.example/admin',
    );
    expect(named).toHaveLength(1);
  });

  it('a third-party service that has them in the store gets no token for them', async () => {
    const client = await platform.store.clients.load('manager');
    if (client === undefined) throw new Error('no client');
    await platform.store.clients.save({ ...client, trust: 'third-party' });
    const ask = (words: Record<string, string>) =>
      platform.post('/token', { grant_type: 'client_credentials', ...words }, 'manager');
    expect((await ask({ scope: 'permissions:check' })).json['error']).toBe('invalid_scope');
    expect((await ask({ resource: 'https://as.example/admin' })).json['error']).toBe(
      'invalid_target',
    );
    expect(
      (await call(platform, '/access/v1/evaluation', manager.token, { body: question })).status,
    ).toBe(403);
  });

  it('a web client that has them in the store cannot request them from a user', async () => {
    const sunrise = await createSunrise();
    const client = await sunrise.store.clients.load('portal');
    if (client === undefined) throw new Error('no client');
    await sunrise.store.clients.save({
      ...client,
      scopes: [...client.scopes, ...admin.split(' ')],
    });
    const redirect_uri = 'https://portal.sunrise.example/callback';
    const errorOf = async (words: Record<string, string>) => {
      const link = authorizeLink({ client_id: 'portal', redirect_uri, ...words });
      return (await sunrise.browser().get(link)).location.searchParams.get('error');
    };
    expect(await errorOf({ scope: 'openid permissions:check' })).toBe('invalid_scope');
    expect(await errorOf({ scope: 'openid', resource: `${sunrise.issuer}/admin` })).toBe(
      'invalid_target',
    );
    const form = { grant_type: 'password', username: ada, password: 'correct horse' };
    const answer = await sunrise.post('/token', { ...form, scope: 'permissions:check' }, 'portal');
    expect(answer.json['error']).toBe('invalid_scope');
    await sunrise.close();
  });

  it('a refresh gives no such scope to a family that has them in the store', async () => {
    const sunrise = await createSunrise({
      ports: ({ store }) => ({
        store: {
          ...store,
          families: {
            ...store.families,
            load: async (id) => {
              const family = await store.families.load(id);
              return (
                family && {
                  ...family,
                  scopes: admin.split(' '),
                  audiences: ['https://as.example/admin'],
                }
              );
            },
          },
        },
      }),
    });
    const { refresh_token } = await obtainTokens(sunrise);
    const answer = await refresh(sunrise, refresh_token);
    expect([answer.status, answer.json['error']]).toEqual([400, 'invalid_scope']);
    await sunrise.close();
  });
});

describe('an invalid question to the decision point (Authorization API 1.0 §10.1.1, §10.1.2)', () => {
  const ask = (body: unknown) => manager.ask('evaluation', body);

  it.each(['subject', 'action', 'resource'])(
    'without %s is 400, with the name of the member',
    async (member) => {
      for (const value of [undefined, null]) {
        const answer = await ask({ ...question, [member]: value });
        expect([answer.status, answer.reason]).toEqual([400, 'parameter_missing']);
        expect(answer.json['error_description']).toBe(`${member} is required.`);
      }
    },
  );

  it('without a type, an id or a name is 400, with the name of the member', async () => {
    for (const [member, inner] of [
      ['subject', 'type'],
      ['subject', 'id'],
      ['action', 'name'],
      ['resource', 'type'],
      ['resource', 'id'],
    ] as const) {
      const answer = await ask({
        ...question,
        [member]: { ...question[member], [inner]: undefined },
      });
      expect([answer.status, answer.json['error_description']]).toEqual([
        400,
        `${member}.${inner} is required.`,
      ]);
    }
  });

  it('with a member of another type is 400', async () => {
    for (const body of [
      { ...question, subject: 'user:ada' },
      { ...question, subject: [question.subject] },
      { ...question, subject: { type: 1, id: 'ada' } },
      { ...question, action: { name: ['read'] } },
      { ...question, resource: { type: 'building', id: 1 } },
      { ...question, resource: { type: '', id: '1' } },
      { ...question, context: 'now' },
      { ...question, subject: { ...question.subject, properties: [] } },
      { ...question, subject: { type: 'user', id: 'a\u0000b' } },
      { ...question, subject: { type: 'user', id: '\ud800' } },
      { ...question, subject: { type: 'user', id: 'x'.repeat(10_000) } },
      { ...question, context: { who: { __entity: { type: 'user', id: 'root' } } } },
      {
        ...question,
        resource: { ...question.resource, properties: { a: [{ __extn: { fn: 'ip', arg: '1' } }] } },
      },
    ]) {
      const answer = await ask(body);
      expect([answer.status, answer.reason]).toEqual([400, 'parameter_malformed']);
    }
  });

  it('that is no JSON object, or has two members of one name, is 400', async () => {
    for (const text of [
      '',
      '[]',
      'null',
      '"x"',
      '{',
      '{"a":1,"a":2}',
      '{"subject":{"type":"user","type":"root"}}',
    ]) {
      const answer = await call(platform, '/access/v1/evaluation', manager.token, { text });
      expect([answer.status, answer.reason]).toEqual([400, 'body_malformed']);
    }
    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    expect(
      (await call(platform, '/access/v1/evaluation', manager.token, { text: '{}', headers: form }))
        .status,
    ).toBe(400);
  });

  it('is not one with unknown members, which are ignored', async () => {
    const body = { ...question, extra: 1, subject: { ...question.subject, more: {} } };
    expect((await ask(body)).json['decision']).toBe(false);
    const polluted =
      '{"subject":{"type":"user","id":"ada","__proto__":{"id":"root"}},"action":{"name":"read"},"resource":{"type":"building","id":"1"},"__proto__":{"decision":true}}';
    expect(
      (await call(platform, '/access/v1/evaluation', manager.token, { text: polluted })).json[
        'decision'
      ],
    ).toBe(false);
  });

  it('with more than a hundred evaluations, or with an unknown semantic, is 400', async () => {
    const many = (count: number) => ({
      ...question,
      evaluations: Array.from({ length: count }, () => ({})),
    });
    expect((await manager.ask('evaluations', many(100))).status).toBe(200);
    expect((await manager.ask('evaluations', many(101))).status).toBe(400);
    for (const evaluations_semantic of ['all', '__proto__', 'constructor', 1])
      expect(
        (await manager.ask('evaluations', { ...many(1), options: { evaluations_semantic } }))
          .status,
      ).toBe(400);
    expect((await manager.ask('evaluations', { ...question, evaluations: [1] })).status).toBe(400);
    expect((await manager.ask('evaluations', { evaluations: [question, {}] })).status).toBe(400);
  });

  it('or a long one does not hold up other requests', async () => {
    for (let at = 0; at < 60; at += 1) await manager.set('user:ada', 'read', `building:${at}`);
    const turnsOf = async (answered: Promise<unknown>) => {
      let waiting = true;
      void answered.finally(() => (waiting = false));
      let turns = 0;
      for (; waiting; turns += 1) await new Promise((resolve) => setImmediate(resolve));
      return turns;
    };
    const evaluations = Array.from({ length: 100 }, () => ({}));
    expect(await turnsOf(manager.ask('evaluations', { ...question, evaluations }))).toBeGreaterThan(
      15,
    );
    const search = { ...question, resource: { type: 'building' } };
    expect(await turnsOf(manager.ask('search/resource', search))).toBeGreaterThan(10);
  });

  it('with more than a thousand values for policies is 400, before a decision', async () => {
    const properties = { many: Array.from({ length: 1000 }, () => 1) };
    const answer = await ask({ ...question, subject: { ...question.subject, properties } });
    expect([answer.status, answer.json['error_description']]).toEqual([
      400,
      'properties and context must have at most 1000 values.',
    ]);
  });
});

describe('an invalid page of a list of permissions', () => {
  const search = { ...question, resource: { type: 'building' } };
  const ask = (page: unknown, more: object = {}) =>
    manager.ask('search/resource', { ...search, ...more, page });

  it('is 400 for a token of another query, of another limit, or an invented one (§8.2)', async () => {
    for (const id of ['1', '2', '3']) await manager.set('user:ada', 'read', `building:${id}`);
    const { page } = (await ask({ limit: 1 })).json as { page: { next_token: string } };
    const token = page.next_token;
    expect((await ask({ token, limit: 1 })).status).toBe(200);
    const [payload = '', mark = ''] = token.split('.');
    const forged = Buffer.from('["zzz",1000]').toString('base64url');
    for (const answer of [
      await ask({ token, limit: 2 }),
      await ask({ token }, { subject: { type: 'user', id: 'bob' } }),
      await ask({ token }, { context: { a: 1 } }),
      await ask({ token: `${forged}.${mark}` }),
      await ask({ token: payload }),
      await ask({ token: `${token}.` }),
      await ask({ token: 'x'.repeat(60_000) }),
      await manager.ask('search/subject', { ...question, page: { token } }),
      await manager.get(`/admin/permissions?after=${token}`),
    ])
      expect([answer.status, answer.reason]).toEqual([400, 'parameter_malformed']);
  });

  it('is 400 for a limit that is no number', async () => {
    for (const limit of [-1, 1.5, '1', {}]) expect((await ask({ limit })).status).toBe(400);
    expect((await ask({ limit: 0 })).json['results']).toEqual([]);
    for (const limit of ['0', '-1', '1001', 'x', '1e1x'])
      expect((await manager.get(`/admin/permissions?limit=${limit}`)).status).toBe(400);
  });
});

describe('the permissions API does not store', () => {
  it('a permission without one of its parts, or with a part that no question could name: 400', async () => {
    const put = (body: unknown) =>
      call(platform, '/admin/permissions', manager.token, { method: 'PUT', body });
    for (const body of [
      {},
      { ...question, subject: undefined },
      { ...question, action: 'read' },
      { ...question, action: { name: '' } },
      { ...question, action: { name: 'x'.repeat(201) } },
      { ...question, resource: { type: 'building', id: '\n' } },
      { ...question, resource: { type: 'b'.repeat(201), id: '1' } },
    ])
      expect((await put(body)).status).toBe(400);
    expect((await put(question)).status).toBe(201);
    expect((await manager.get('/admin/permissions')).json['permissions']).toHaveLength(1);
  });

  it('or list anything for a misspelled filter, instead of listing everything: 400', async () => {
    for (const address of [
      'subject=user:ada',
      'subject_type=user',
      'subject_id=ada',
      'subject_typ=user&subject_id=ada',
      'subject_type=user&subject_type=group&subject_id=ada',
      // The text that a program with an empty variable sends.
      'subject_type=&subject_id=',
      'subject_type&subject_id',
      'resource_type=building&resource_id=b-1&subject_type=&subject_id=',
    ])
      expect((await manager.get(`/admin/permissions?${address}`)).status).toBe(400);
    expect(
      (await manager.remove('/admin/permissions?subject_type=user&subject_id=ada')).status,
    ).toBe(400);
    expect((await manager.remove('/admin/memberships?member_type=user&member_id=ada')).status).toBe(
      400,
    );
  });

  it('a group in itself, also over several other groups: 409, and nothing changes', async () => {
    expect((await manager.join('group:a', 'group:a')).status).toBe(409);
    await manager.join('group:a', 'group:b');
    await manager.place('group:b', 'folder:c');
    for (const answer of [
      await manager.join('group:b', 'group:a'),
      await manager.join('folder:c', 'group:a'),
    ])
      expect([answer.status, answer.reason]).toEqual([409, 'hierarchy_refused']);
    expect((await manager.get('/admin/memberships')).json['memberships']).toHaveLength(1);
  });

  it('a folder in seventeen levels: 409', async () => {
    for (let at = 16; at > 0; at -= 1)
      expect((await manager.place(`folder:${at}`, `folder:${at + 1}`)).status).toBe(201);
    const answer = await manager.place('folder:0', 'folder:1');
    expect([answer.status, answer.json['error_description']]).toEqual([
      409,
      'The parent is already below 16 levels.',
    ]);
  });
});

describe('a refusal by the permissions API', () => {
  it('has no member that a caller could misread as a permit', async () => {
    for (const answer of [
      await call(platform, '/access/v1/evaluation', undefined, { body: question }),
      await call(platform, '/access/v1/evaluation', manager.token, { body: {} }),
      await call(platform, '/access/v1/evaluations', manager.token, { body: {} }),
      await call(platform, '/access/v1/nothing', manager.token, { body: question }),
    ]) {
      expect(answer.json).not.toHaveProperty('decision');
      expect(platform.events.map((event) => event['decision'])).toContain(
        answer.json['decision_id'],
      );
    }
  });
});

describe('a failure of the decision point:', () => {
  it('a hierarchy that became too deep denies, and the answer and the log say so', async () => {
    for (let at = 0; at < 17; at += 1) await manager.join(`group:${at}`, `group:${at + 1}`);
    await manager.set('group:0', 'read', 'building:1');
    const { json } = await manager.ask('evaluation', {
      ...question,
      subject: { type: 'group', id: '0' },
    });
    expect(json).toMatchObject({ decision: false, context: { error: { status: 500 } } });
    expect(platform.events.at(-1)).toMatchObject({ type: 'permissions.fault' });
    expect(await manager.may('group:1', 'read', 'building:1')).toBe(false);
  });

  it('a store that cannot be read is 503 with Retry-After, and never a decision', async () => {
    await platform.close();
    platform = await createAccess({
      ports: ({ store, decisions }) => ({
        decisions: {
          ...(decisions as NonNullable<typeof decisions>),
          decide: () =>
            Promise.reject(Object.assign(new Error('disk'), { name: 'StoreUnavailableError' })),
        },
        store,
      }),
    });
    const token = await tokenOf(platform, 'checker');
    for (const path of ['evaluation', 'evaluations']) {
      const answer = await call(platform, `/access/v1/${path}`, token, {
        body: { ...question, evaluations: [{}] },
      });
      expect([answer.status, answer.headers['retry-after']]).toEqual([503, '2']);
      expect(answer.body).not.toContain('disk');
    }
  });

  it('policies that cannot be parsed stop the start, with the line of the fault', async () => {
    const policies =
      'permit (principal, action, resource) when { true };\n\nforbid (principal, action);';
    await expect(createAccess({ policies })).rejects.toThrow(/^policies: line 3, column \d+: /);
  });
});
