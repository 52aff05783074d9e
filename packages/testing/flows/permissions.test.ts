/**
 * Permissions on single resources: set, queried and deleted, and AuthZEN's Authorization API 1.0
 * over them.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { TestPlatform } from '../src/index.ts';
import { call, createAccess, createManager, tokenOf } from './permissions-service.ts';
import { claimsOf, tokensOf } from './sunrise.ts';

let platform: TestPlatform;
let manager: Awaited<ReturnType<typeof createManager>>;
beforeEach(async () => {
  platform = await createAccess();
  manager = await createManager(platform);
});
afterEach(() => platform.close());

describe('the server’s own API for permissions', () => {
  it('is in the metadata, and its tokens are issued by client credentials', async () => {
    const { json } = await platform.get('/.well-known/oauth-authorization-server');
    expect(json['protected_resources']).toContain('https://as.example/admin');
    expect(json['scopes_supported']).toEqual(expect.arrayContaining(['permissions:check']));
    const form = { grant_type: 'client_credentials', scope: 'permissions:check' };
    const answer = await platform.post('/token', form, 'manager');
    expect(claimsOf(tokensOf(answer).access_token)).toMatchObject({
      aud: 'https://as.example/admin',
      sub: 'manager',
      scope: 'permissions:check',
    });
  });
});

describe('a stored permission', () => {
  it('allows access to the resource until it is deleted, and the decision names it', async () => {
    expect(await manager.may('user:usr_1', 'buildings:read', 'building:b-201')).toBe(false);
    const created = await manager.set('user:usr_1', 'buildings:read', 'building:b-201');
    expect([created.status, created.json]).toEqual([
      201,
      {
        subject: { type: 'user', id: 'usr_1' },
        action: { name: 'buildings:read' },
        resource: { type: 'building', id: 'b-201' },
      },
    ]);
    const question = {
      subject: manager.entity('user:usr_1'),
      action: { name: 'buildings:read' },
      resource: manager.entity('building:b-201'),
    };
    expect((await manager.ask('evaluation', question)).json).toEqual({
      decision: true,
      context: { reason: 'stored permission: user:usr_1 may buildings:read on building:b-201' },
    });
    for (const [subject, action, resource] of [
      ['user:usr_2', 'buildings:read', 'building:b-201'],
      ['client:usr_1', 'buildings:read', 'building:b-201'],
      ['user:usr_1', 'buildings:write', 'building:b-201'],
      ['user:usr_1', 'buildings:read', 'building:b-202'],
    ] as const)
      expect(await manager.may(subject, action, resource)).toBe(false);
    const address =
      '/admin/permissions?subject_type=user&subject_id=usr_1&action=buildings%3Aread&resource_type=building&resource_id=b-201';
    expect((await manager.remove(address)).status).toBe(204);
    expect(await manager.may('user:usr_1', 'buildings:read', 'building:b-201')).toBe(false);
  });

  it('may be set and deleted repeatedly', async () => {
    const again = async () => (await manager.set('user:usr_1', 'read', 'building:1')).status;
    expect([await again(), await again(), await again()]).toEqual([201, 200, 200]);
    const address =
      '/admin/permissions?subject_type=user&subject_id=usr_1&action=read&resource_type=building&resource_id=1';
    expect([
      (await manager.remove(address)).status,
      (await manager.remove(address)).status,
    ]).toEqual([204, 204]);
    const changes = platform.events.filter(({ type }) => type.startsWith('permission.'));
    expect(changes).toEqual([
      {
        type: 'permission.set',
        clientId: 'manager',
        subject: 'user:usr_1',
        action: 'read',
        resource: 'building:1',
      },
      {
        type: 'permission.deleted',
        clientId: 'manager',
        subject: 'user:usr_1',
        action: 'read',
        resource: 'building:1',
      },
    ]);
  });

  it('for every action includes actions that are added later', async () => {
    await manager.set('user:usr_1', '*', 'building:1');
    expect(await manager.may('user:usr_1', 'anything at all', 'building:1')).toBe(true);
    await manager.set('user:usr_2', 'read', 'building:1');
    expect(await manager.may('user:usr_2', '*', 'building:1')).toBe(false);
  });

  it('of a group applies to its members, and of a folder to its content, until they are removed', async () => {
    await manager.join('user:usr_1', 'group:staff');
    await manager.join('group:staff', 'group:everyone');
    await manager.place('building:1', 'folder:north');
    await manager.place('folder:north', 'folder:all');
    await manager.set('group:everyone', 'read', 'folder:all');
    expect(await manager.may('user:usr_1', 'read', 'building:1')).toBe(true);
    expect(await manager.may('user:usr_1', 'read', 'building:2')).toBe(false);
    await manager.remove(
      '/admin/parents?child_type=building&child_id=1&parent_type=folder&parent_id=north',
    );
    expect(await manager.may('user:usr_1', 'read', 'building:1')).toBe(false);
    expect(await manager.may('user:usr_1', 'read', 'folder:north')).toBe(true);
    await manager.remove(
      '/admin/memberships?member_type=user&member_id=usr_1&group_type=group&group_id=staff',
    );
    expect(await manager.may('user:usr_1', 'read', 'folder:north')).toBe(false);
  });

  it('is in the lists by subject and by resource, page by page', async () => {
    for (const id of ['1', '2', '3']) await manager.set('user:usr_1', 'read', `building:${id}`);
    await manager.set('user:usr_2', 'read', 'building:1');
    const list = async (address: string) =>
      (await manager.get(`/admin/permissions?${address}`)).json;
    const first = await list('subject_type=user&subject_id=usr_1&limit=2');
    expect(first['permissions']).toHaveLength(2);
    const rest = await list(`subject_type=user&subject_id=usr_1&after=${String(first['next'])}`);
    expect(rest).toEqual({
      permissions: [
        {
          subject: { type: 'user', id: 'usr_1' },
          action: { name: 'read' },
          resource: { type: 'building', id: '3' },
          created_at: platform.clock.nowSeconds(),
        },
      ],
    });
    expect((await list('resource_type=building&resource_id=1'))['permissions']).toHaveLength(2);
    expect((await list(''))['permissions']).toHaveLength(4);
    expect((await manager.get('/admin/memberships')).json).toEqual({ memberships: [] });
    await manager.place('building:1', 'folder:a');
    expect(
      (await manager.get('/admin/parents?parent_type=folder&parent_id=a')).json['parents'],
    ).toMatchObject([
      { child: { type: 'building', id: '1' }, parent: { type: 'folder', id: 'a' } },
    ]);
  });
});

describe('the Access Evaluations API (Authorization API 1.0 §7)', () => {
  const resources = (...ids: string[]) => ids.map((id) => ({ resource: { type: 'building', id } }));
  const defaults = { subject: { type: 'user', id: 'usr_1' }, action: { name: 'read' } };
  const decisions = async (body: object) => {
    const { evaluations } = (await manager.ask('evaluations', body)).json as {
      evaluations: { decision: boolean }[];
    };
    return evaluations.map(({ decision }) => decision);
  };
  beforeEach(async () => {
    for (const id of ['1', '3']) await manager.set('user:usr_1', 'read', `building:${id}`);
  });

  it('answers in order, with defaults for members that an evaluation omits', async () => {
    const evaluations = [
      ...resources('1', '2'),
      { resource: { type: 'building', id: '1' }, action: { name: 'write' } },
      { resource: { type: 'building', id: '1' }, subject: { type: 'user', id: 'usr_2' } },
      { resource: { type: 'building', id: '3' }, action: null },
    ];
    expect(await decisions({ ...defaults, evaluations })).toEqual([
      true,
      false,
      false,
      false,
      true,
    ]);
  });

  it.each([
    ['execute_all', ['1', '2', '3'], [true, false, true]],
    ['deny_on_first_deny', ['1', '2', '3'], [true, false]],
    ['deny_on_first_deny', ['1', '3'], [true, true]],
    ['permit_on_first_permit', ['1', '2', '3'], [true]],
    ['permit_on_first_permit', ['2', '4'], [false, false]],
  ])('%s over %j answers %j (§7.1.2.1)', async (evaluations_semantic, ids, expected) => {
    const body = {
      ...defaults,
      evaluations: resources(...ids),
      options: { evaluations_semantic, other: 1 },
    };
    expect(await decisions(body)).toEqual(expected);
  });

  it.each([{}, { evaluations: [] }, { evaluations: null }])(
    'without evaluations (%j) works as the single evaluation (§7.1)',
    async (more) => {
      const { json } = await manager.ask('evaluations', {
        ...defaults,
        ...resources('1')[0],
        ...more,
      });
      expect(json['decision']).toBe(true);
      expect(json).not.toHaveProperty('evaluations');
    },
  );

  it('reports the fault of one evaluation, and decides the others (§7.2.1)', async () => {
    const evaluations = [...resources('1', 'x'.repeat(3000)), ...resources('3')];
    const { json } = await manager.ask('evaluations', { ...defaults, evaluations });
    expect(json['evaluations']).toMatchObject([
      { decision: true },
      {
        decision: false,
        context: { error: { status: 400, message: 'resource.id must have 1 to 800 bytes' } },
      },
      { decision: true },
    ]);
  });
});

describe('the Search APIs (Authorization API 1.0 §8)', () => {
  beforeEach(async () => {
    await manager.join('user:ada', 'group:staff');
    await manager.place('building:1', 'folder:north');
    await manager.set('group:staff', 'read', 'folder:north');
    await manager.set('user:ada', 'write', 'building:2');
    await manager.set('user:bob', '*', 'building:1');
  });
  const search = async (what: string, body: object) =>
    (await manager.ask(`search/${what}`, body)).json;
  const page = (count: number) => ({ next_token: '', count });

  it('find subjects transitively (§8.1, §8.4), and ignore the id that is sent', async () => {
    const question = { action: { name: 'read' }, resource: { type: 'building', id: '1' } };
    expect(await search('subject', { ...question, subject: { type: 'user', id: 'bob' } })).toEqual({
      page: page(2),
      results: [
        { type: 'user', id: 'ada' },
        { type: 'user', id: 'bob' },
      ],
    });
    expect(await search('subject', { ...question, subject: { type: 'group' } })).toEqual({
      page: page(1),
      results: [{ type: 'group', id: 'staff' }],
    });
  });

  it('find resources (§8.5)', async () => {
    const question = { subject: { type: 'user', id: 'ada' }, action: { name: 'read' } };
    expect(
      (await search('resource', { ...question, resource: { type: 'building' } }))['results'],
    ).toEqual([{ type: 'building', id: '1' }]);
    expect(
      (await search('resource', { ...question, resource: { type: 'folder' } }))['results'],
    ).toEqual([{ type: 'folder', id: 'north' }]);
    expect(
      (await search('resource', { ...question, resource: { type: 'unknown' } }))['results'],
    ).toEqual([]);
  });

  it('find actions (§8.6), but never “every action” as one', async () => {
    const resource = { type: 'building', id: '1' };
    const of = async (id: string) =>
      (await search('action', { subject: { type: 'user', id }, resource }))['results'];
    expect(await of('ada')).toEqual([{ name: 'read' }]);
    expect(await of('bob')).toEqual([{ name: 'read' }, { name: 'write' }]);
    expect(await of('nobody')).toEqual([]);
  });

  it('continue with an opaque token until it is empty (§8.2)', async () => {
    for (const id of ['3', '4', '5']) await manager.set('user:ada', 'read', `building:${id}`);
    const question = {
      subject: { type: 'user', id: 'ada' },
      action: { name: 'read' },
      resource: { type: 'building' },
      context: { b: 1, a: 2 },
    };
    const seen: unknown[] = [];
    let token: string | undefined;
    do {
      const asked = { ...question, page: token === undefined ? { limit: 2 } : { token } };
      const { page, results } = (await search('resource', asked)) as {
        page: { next_token: string; count: number };
        results: unknown[];
      };
      expect(page.count).toBe(results.length);
      expect(results.length).toBeLessThanOrEqual(2);
      seen.push(...results);
      token = page.next_token;
    } while (token !== '');
    expect(seen).toEqual(['1', '3', '4', '5'].map((id) => ({ type: 'building', id })));
  });

  it('accept a token also when the members of the query are in another order (§10.1.1)', async () => {
    for (const id of ['3', '4', '5']) await manager.set('user:ada', 'read', `building:${id}`);
    const rest = { action: { name: 'read' }, resource: { type: 'building' } };
    const first = await search('resource', {
      subject: { type: 'user', id: 'ada' },
      ...rest,
      page: { limit: 2 },
    });
    const { next_token: token } = first['page'] as { next_token: string };
    const again = { ...rest, subject: { id: 'ada', type: 'user' }, page: { token, limit: 2 } };
    expect((await search('resource', again))['results']).toHaveLength(2);
  });
});

describe('the metadata of the decision point (Authorization API 1.0 §9)', () => {
  it('names the issuer and endpoints that all work', async () => {
    const { json, headers } = await platform.get('/.well-known/authzen-configuration');
    expect(headers['content-type']).toBe('application/json');
    expect(json['policy_decision_point']).toBe('https://as.example');
    const endpoints = Object.entries(json).filter(([name]) => name.endsWith('_endpoint'));
    expect(endpoints).toHaveLength(5);
    for (const [, address] of endpoints)
      expect((await call(platform, new URL(address as string).pathname, undefined)).status).toBe(
        401,
      );
  });

  it('of an issuer with a path is at an address with the path inserted (§9.2)', async () => {
    await platform.close();
    platform = await createAccess({ issuer: 'https://as.example/tenant1' });
    const { json } = await platform.get('/.well-known/authzen-configuration/tenant1');
    expect(json).toMatchObject({
      policy_decision_point: 'https://as.example/tenant1',
      access_evaluation_endpoint: 'https://as.example/tenant1/access/v1/evaluation',
    });
    const token = await tokenOf(platform, 'checker');
    const body = {
      subject: { type: 'user', id: '1' },
      action: { name: 'read' },
      resource: { type: 'building', id: '1' },
    };
    expect(
      (await call(platform, '/tenant1/access/v1/evaluation', token, { body })).json['decision'],
    ).toBe(false);
  });
});

describe('X-Request-ID (Authorization API 1.0 §10.1.3)', () => {
  it('is returned unchanged, with a decision and with a refusal', async () => {
    const headers = { 'x-request-id': 'bfe9eb29-ab87-4ca3-be83-a1d5d8305716' };
    for (const token of [manager.token, undefined]) {
      const answer = await call(platform, '/access/v1/evaluation', token, { body: {}, headers });
      expect(answer.headers['x-request-id']).toBe(headers['x-request-id']);
    }
    expect(
      (await call(platform, '/access/v1/evaluation', manager.token)).headers,
    ).not.toHaveProperty('x-request-id');
  });

  it('cannot add another header', async () => {
    const headers = { 'x-request-id': 'a\r\nset-cookie: b=c' };
    const answer = await call(platform, '/access/v1/evaluation', manager.token, {
      body: {},
      headers,
    });
    expect(answer.headers).not.toHaveProperty('x-request-id');
  });
});

describe('the operator’s policies', () => {
  const policies = `
@id("owner")
permit (principal, action, resource) when { resource has owner && resource.owner == principal.id };
@id("locked")
forbid (principal, action == Action::"write", resource in folder::"archive");
@id("office hours")
forbid (principal in group::"staff", action, resource) unless { context.hour >= 8 && context.hour < 18 };
`;
  beforeEach(async () => {
    await platform.close();
    platform = await createAccess({ policies });
    manager = await createManager(platform);
  });

  it('permit more than stored permissions, by the properties of the resource in the request', async () => {
    const owned = { resource: { type: 'building', id: '1', properties: { owner: 'ada' } } };
    expect(await manager.may('user:ada', 'read', 'building:1')).toBe(false);
    expect(await manager.may('user:ada', 'read', 'building:1', owned)).toBe(true);
    expect(await manager.may('user:bob', 'read', 'building:1', owned)).toBe(false);
  });

  it('forbid what stored permissions or other policies permit', async () => {
    await manager.set('user:ada', '*', 'folder:archive');
    await manager.place('building:1', 'folder:archive');
    expect(await manager.may('user:ada', 'read', 'building:1')).toBe(true);
    const owned = { resource: { type: 'building', id: '1', properties: { owner: 'ada' } } };
    expect(await manager.may('user:ada', 'write', 'building:1', owned)).toBe(false);
    const question = {
      subject: { type: 'user', id: 'ada' },
      action: { name: 'write' },
      resource: { type: 'building', id: '1' },
    };
    expect((await manager.ask('evaluation', question)).json['context']).toEqual({
      reason: 'forbidden by policy "locked"',
    });
  });

  it('that forbid and cannot be evaluated do forbid: a missing value allows nothing', async () => {
    await manager.join('user:ada', 'group:staff');
    await manager.set('user:ada', 'read', 'building:1');
    expect(await manager.may('user:ada', 'read', 'building:1', { context: { hour: 9 } })).toBe(
      true,
    );
    expect(await manager.may('user:ada', 'read', 'building:1', { context: { hour: 20 } })).toBe(
      false,
    );
    for (const context of [{}, { hour: 'nine' }, { hour: 9.5 }, { hour: null }])
      expect(await manager.may('user:ada', 'read', 'building:1', { context })).toBe(false);
    const faults = platform.events.filter(({ type }) => type === 'permissions.fault');
    expect(faults).toHaveLength(1);
    expect(faults[0]).toMatchObject({ policy: 'office hours' });
    platform.clock.advance(61);
    await manager.may('user:ada', 'read', 'building:1');
    expect(platform.events.filter(({ type }) => type === 'permissions.fault')).toHaveLength(2);
  });

  it('also decide searches: a forbidden resource is not found, and a permitted one is', async () => {
    await manager.set('user:ada', '*', 'folder:archive');
    await manager.place('building:1', 'folder:archive');
    const question = { subject: { type: 'user', id: 'ada' }, resource: { type: 'building' } };
    const ids = async (name: string, more: object = {}) =>
      (
        (await manager.ask('search/resource', { ...question, ...more, action: { name } })).json[
          'results'
        ] as { id: string }[]
      ).map(({ id }) => id);
    expect(await ids('read')).toEqual(['1']);
    expect(await ids('write')).toEqual([]);
    await manager.place('building:2', 'folder:other');
    const owned = { resource: { type: 'building', properties: { owner: 'ada' } } };
    expect(await ids('read', owned)).toEqual(['1', '2']);
    const actions = await manager.ask('search/action', {
      subject: question.subject,
      resource: { type: 'building', id: '2', properties: { owner: 'ada' } },
    });
    expect(actions.json['results']).toEqual([{ name: 'write' }]);
  });
});
