import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Outbound, OutboundError, type OutboundRequest } from '@keywright/jwt';
import { createTestPlatform, type TestPlatform } from '@keywright/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AuthZenOptions, createAuthZen } from './authzen.ts';
import { createCaller } from './caller.ts';
import { createClientCredentialsToken } from './client-token.ts';
import type { GuardRefusal } from './guard-refusal.ts';
import type { Decision } from './route.ts';

interface Building {
  readonly id: string;
}

const url = 'https://pdp.example';

function decisionOf(
  over: {
    readonly subject?: string;
    readonly clientId?: string;
    readonly issuer?: string;
    readonly id?: string;
  } = {},
): Decision<Building> {
  const { subject = 'usr_ada', clientId = 'heatlens', issuer = url, id = '1' } = over;
  const caller = createCaller({
    credential: 'access_token',
    issuer,
    subject,
    clientId,
    scope: 'buildings:read',
    claims: {},
    tokenId: undefined,
  });
  return { subject, action: 'buildings:read', resource: { id }, caller };
}

interface Sent extends OutboundRequest {
  readonly url: string;
}

/** A decision point with given answers, and everything that it was asked. */
function stage(answer: (sent: Sent) => unknown, over: Partial<AuthZenOptions<Building>> = {}) {
  const sent: Sent[] = [];
  const outbound: Outbound = {
    send: async (address, request) => {
      sent.push({ ...request, url: address });
      const text = await answer({ ...request, url: address });
      return {
        status: 200,
        text: typeof text === 'string' ? text : JSON.stringify(text),
        etag: undefined,
        maxAgeSeconds: undefined,
      };
    },
    fetchJson: async (address) => {
      sent.push({ url: address, accept: 'application/json' });
      return {
        body: await answer({ url: address, accept: 'application/json' }),
        maxAgeSeconds: undefined,
      };
    },
  };
  const can = createAuthZen<Building>({
    url,
    token: () => 'token',
    resource: ({ id }) => ({ type: 'building', id }),
    outbound,
    ...over,
  });
  return { can, sent };
}

const refusalOf = (deciding: Promise<unknown>): Promise<GuardRefusal> =>
  deciding.then(
    () => expect.fail('it was decided'),
    (error: GuardRefusal) => error,
  );

describe('a question to a decision point', () => {
  it('is an access evaluation request with a bearer token (Authorization API 1.0 §6.1, §10.1)', async () => {
    const { can, sent } = stage(() => ({ decision: true }), {
      context: () => ({ ip: '192.0.2.1' }),
    });
    expect(await can(decisionOf())).toEqual({ allowed: true, why: undefined });
    expect(sent).toEqual([
      {
        url: 'https://pdp.example/access/v1/evaluation',
        method: 'POST',
        headers: { authorization: 'Bearer token', 'content-type': 'application/json' },
        accept: 'application/json',
        body: JSON.stringify({
          subject: { type: 'user', id: 'usr_ada' },
          action: { name: 'buildings:read' },
          resource: { type: 'building', id: '1' },
          context: { ip: '192.0.2.1' },
        }),
      },
    ]);
  });

  it('names a service by its own type, and no caller of another issuer', async () => {
    const { can, sent } = stage(() => ({ decision: true }));
    await can(decisionOf({ subject: 'heatlens' }));
    expect(sent[0]?.body).toContain('"subject":{"type":"client","id":"heatlens"}');
    expect(await can(decisionOf({ issuer: 'https://other.example' }))).toMatchObject({
      allowed: false,
    });
    expect(sent).toHaveLength(1);
    const other = stage(() => ({ decision: true }), { issuer: 'https://other.example' });
    expect(await other.can(decisionOf({ issuer: 'https://other.example' }))).toMatchObject({
      allowed: true,
    });
    const own = stage(() => ({ decision: true }), {
      subject: ({ caller }) => ({ type: caller.issuer, id: caller.subject }),
    });
    expect(await own.can(decisionOf({ issuer: 'https://other.example' }))).toMatchObject({
      allowed: true,
    });
  });

  it.each([
    [{ decision: true }, true],
    [{ decision: true, context: { reason: 'x' } }, true],
    [{ decision: false }, false],
    [{ decision: 'true' }, false],
    [{ decision: 1 }, false],
    [{ decision: [true] }, false],
    [{ decision: { decision: true } }, false],
    [{ Decision: true }, false],
    [{ evaluations: [{ decision: true }] }, false],
    [{}, false],
    [[], false],
    [null, false],
    ['true', false],
    ['"yes"', false],
  ])('with the answer %j permits: %s', async (answer, allowed) => {
    expect((await stage(() => answer).can(decisionOf())).allowed).toBe(allowed);
  });

  it('has its reason from the context if that is a text', async () => {
    const whyOf = async (answer: object) => (await stage(() => answer).can(decisionOf())).why;
    expect(await whyOf({ decision: false, context: { reason: 'no permission' } })).toBe(
      'no permission',
    );
    expect(await whyOf({ decision: false, context: { reason: { en: 'no' } } })).toBeUndefined();
    expect(await whyOf({ decision: true, context: 'x' })).toBeUndefined();
    expect(await whyOf({ decision: false, context: { reason: 'x'.repeat(9999) } })).toHaveLength(
      500,
    );
    expect(await whyOf({})).toBe('the decision point gave no decision');
  });
});

describe('a decision point that cannot be reached', () => {
  it.each([
    [
      'is away',
      () => Promise.reject(new OutboundError('unreachable', 'pdp.example cannot be reached.')),
    ],
    [
      'is too slow',
      () => Promise.reject(new OutboundError('too_slow', 'pdp.example did not answer in time.')),
    ],
    [
      'answers 500',
      () =>
        Promise.reject(
          new OutboundError('status_wrong', 'pdp.example answered 500.', { status: 500 }),
        ),
    ],
    ['answers no JSON', () => 'decision: true'],
    ['answers half of it', () => '{"decision":true'],
  ])(
    'because it %s leads to 503 decision_unavailable, never to a permit',
    async (_name, answer) => {
      const failed: unknown[] = [];
      const { can } = stage(answer, { onFailed: (error) => void failed.push(error) });
      const refusal = await refusalOf(can(decisionOf()));
      expect([refusal.reason, refusal.refusal.status]).toEqual(['decision_unavailable', 503]);
      expect(failed).toHaveLength(1);
    },
  );

  it('because there is no token leads to 503, and the log does not show the error of the token function', async () => {
    const { can, sent } = stage(() => ({ decision: true }), {
      token: () => Promise.reject(new Error('secret abc')),
    });
    const refusal = await refusalOf(can(decisionOf()));
    expect([refusal.reason, refusal.detail.note]).toEqual([
      'decision_unavailable',
      'no token or no answer',
    ]);
    expect(sent).toEqual([]);
  });

  it('gets at most two hundred requests at once', async () => {
    let answerAll = () => {};
    const held = new Promise<void>((resolve) => {
      answerAll = resolve;
    });
    const { can } = stage(async () => {
      await held;
      return { decision: true };
    });
    const asked = Array.from({ length: 250 }, (_, at) =>
      can(decisionOf({ id: String(at) })).catch((error: unknown) => error),
    );
    answerAll();
    const answers = await Promise.all(asked);
    expect(answers.filter((one) => (one as { allowed?: boolean }).allowed === true)).toHaveLength(
      200,
    );
    expect(
      answers.filter((one) => (one as GuardRefusal).reason === 'decision_unavailable'),
    ).toHaveLength(50);
    expect((await can(decisionOf())).allowed).toBe(true);
  });

  it('because of a bug of the API is not reported as unavailable', async () => {
    const { can } = stage(() => ({ decision: true }), {
      resource: () => {
        throw new TypeError('no such building');
      },
    });
    await expect(can(decisionOf())).rejects.toThrow(TypeError);
  });
});

describe('the token', () => {
  const unauthorized = () =>
    new OutboundError('status_wrong', 'pdp.example answered 401.', { status: 401 });

  it('that is refused is dropped and replaced, once', async () => {
    const dropped: string[] = [];
    let made = 0;
    const token = Object.assign(() => `token-${(made += 1)}`, {
      drop: (one: string) => void dropped.push(one),
    });
    const first = stage(
      ({ headers }) => {
        if (headers?.['authorization'] === 'Bearer token-1') throw unauthorized();
        return { decision: true };
      },
      { token },
    );
    expect((await first.can(decisionOf())).allowed).toBe(true);
    expect(dropped).toEqual(['token-1']);
    const never = stage(
      () => {
        throw unauthorized();
      },
      { token },
    );
    expect((await refusalOf(never.can(decisionOf()))).reason).toBe('decision_unavailable');
    expect(never.sent).toHaveLength(2);
  });

  it('is kept when the decision point refuses for another reason', async () => {
    const token = Object.assign(() => 'token', { drop: () => expect.fail('dropped') });
    const { can, sent } = stage(
      () => {
        throw new OutboundError('status_wrong', 'pdp.example answered 403.', { status: 403 });
      },
      { token },
    );
    expect((await refusalOf(can(decisionOf()))).reason).toBe('decision_unavailable');
    expect(sent).toHaveLength(1);
  });
});

describe('an answer', () => {
  it('is requested each time, unless it may be cached', async () => {
    const { can, sent } = stage(() => ({ decision: true }));
    await can(decisionOf());
    await can(decisionOf());
    expect(sent).toHaveLength(2);
  });

  it('is cached for the configured seconds and its own question if this is allowed, and a failure never is', async () => {
    let now = 0;
    let answer: unknown = { decision: true };
    const { can, sent } = stage(
      () => {
        if (answer instanceof Error) throw answer;
        return answer;
      },
      { cacheSeconds: 2, clock: () => now },
    );
    await can(decisionOf());
    answer = { decision: false };
    now = 1999;
    expect((await can(decisionOf())).allowed).toBe(true);
    expect((await can(decisionOf({ id: '2' }))).allowed).toBe(false);
    expect((await can(decisionOf({ subject: 'usr_bob' }))).allowed).toBe(false);
    now = 2000;
    expect((await can(decisionOf())).allowed).toBe(false);
    answer = new OutboundError('unreachable', 'away');
    now = 5000;
    await refusalOf(can(decisionOf()));
    answer = { decision: true };
    expect((await can(decisionOf())).allowed).toBe(true);
    expect(sent).toHaveLength(6);
  });
});

describe('metadata of the decision point (§9)', () => {
  const metadata = {
    policy_decision_point: 'https://pdp.example/tenant1',
    access_evaluation_endpoint: 'https://pdp.example/tenant1/evaluate',
  };
  const address = 'https://pdp.example/.well-known/authzen-configuration/tenant1';
  const issuer = url;
  const answering = (document: unknown) => (sent: Sent) =>
    sent.url === address ? document : { decision: true };

  it('has the address of the endpoint, and is fetched once', async () => {
    const { can, sent } = stage(answering(metadata), { url: address, issuer });
    await can(decisionOf());
    await can(decisionOf());
    expect(sent.map((one) => one.url)).toEqual([
      address,
      metadata.access_evaluation_endpoint,
      metadata.access_evaluation_endpoint,
    ]);
  });

  it.each([
    ['another decision point', { ...metadata, policy_decision_point: 'https://pdp.example' }],
    ['nobody', { ...metadata, policy_decision_point: undefined }],
    ['an endpoint over http', { ...metadata, access_evaluation_endpoint: 'http://pdp.example/x' }],
    ['no endpoint', { ...metadata, access_evaluation_endpoint: undefined }],
    ['nothing', null],
  ])('of %s is not used (§9.2.3), and no token is sent', async (_name, document) => {
    const { can, sent } = stage(answering(document), { url: address, issuer });
    expect((await refusalOf(can(decisionOf()))).reason).toBe('decision_unavailable');
    expect(sent.map((one) => one.url)).toEqual([address]);
    expect((await refusalOf(can(decisionOf()))).reason).toBe('decision_unavailable');
    expect(sent).toHaveLength(2);
  });

  it.each([
    'pdp.example',
    'http://pdp.example',
    'https://pdp.example/?a=b',
    'https://pdp.example/#a',
    'ftp://pdp.example',
  ])('cannot be at %s', (text) => {
    expect(() => stage(() => null, { url: text })).toThrow(TypeError);
  });
});

describe('Keywright as the decision point, over HTTP', () => {
  let server: Server;
  let platform: TestPlatform;
  let issuer: string;
  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const [path = '', query = ''] = (request.url ?? '').split('?');
    const answer = await platform.server.handle({
      method: request.method ?? '',
      path,
      query,
      headers: request.headers as Record<string, string>,
      body: Buffer.concat(chunks).toString(),
      remoteAddress: '',
    });
    response.writeHead(answer.status, answer.headers as Record<string, string>).end(answer.body);
  }
  beforeAll(async () => {
    server = createServer((request, response) => void serve(request, response));
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    platform = await createTestPlatform({
      issuer,
      clients: [
        {
          client_id: 'buildings-api',
          kind: 'service',
          trust: 'first-party',
          client_name: 'Buildings',
          scope: 'permissions:check permissions:read',
        },
      ],
    });
  });
  afterAll(async () => {
    server.closeAllConnections();
    server.close();
    await platform.close();
  });

  const credentials = (secret = platform.secrets.get('buildings-api') ?? '') => ({
    issuer,
    clientId: 'buildings-api',
    clientSecret: secret,
    resource: `${issuer}/admin`,
    scope: 'permissions:check',
  });

  it('decides by stored permissions until they are deleted', async () => {
    const permission = {
      subject: { type: 'user', id: 'usr_ada' },
      action: 'buildings:read',
      resource: { type: 'building', id: '1' },
    };
    await platform.store.permissions.set({ ...permission, createdAt: 0 });
    for (const address of [issuer, `${issuer}/.well-known/authzen-configuration`]) {
      const can = createAuthZen<Building>({
        url: address,
        token: createClientCredentialsToken(credentials()),
        resource: ({ id }) => ({ type: 'building', id }),
      });
      expect(await can(decisionOf({ issuer }))).toEqual({
        allowed: true,
        why: 'stored permission: user:usr_ada may buildings:read on building:1',
      });
      expect(await can(decisionOf({ issuer, id: '2' }))).toEqual({
        allowed: false,
        why: 'no stored permission covers it',
      });
    }
    await platform.store.permissions.remove(permission);
  });

  it('is asked with a token that is requested once for all waiting callers, and again when it is dropped', async () => {
    const token = createClientCredentialsToken(credentials());
    const [one, other] = await Promise.all([token(), token()]);
    expect(other).toBe(one);
    expect(await token()).toBe(one);
    token.drop('another');
    expect(await token()).toBe(one);
    token.drop(one);
    expect(await token()).not.toBe(one);
  });

  it('gives no token for a wrong secret: 503', async () => {
    const can = createAuthZen<Building>({
      url: issuer,
      token: createClientCredentialsToken(credentials('wrong')),
      resource: ({ id }) => ({ type: 'building', id }),
    });
    expect((await refusalOf(can(decisionOf({ issuer })))).reason).toBe('decision_unavailable');
  });
});

describe('a token by client credentials', () => {
  const issuer = 'https://as.example';
  const make = (answer: unknown, clock: () => number) => {
    const sent: string[] = [];
    const outbound: Outbound = {
      fetchJson: async () => ({
        body: { issuer, token_endpoint: `${issuer}/token` },
        maxAgeSeconds: undefined,
      }),
      send: async (_url, { body = '', headers = {} }) => {
        sent.push(`${headers['authorization']} ${body}`);
        const text = typeof answer === 'string' ? answer : JSON.stringify(answer);
        return { status: 200, text, etag: undefined, maxAgeSeconds: undefined };
      },
    };
    const client = { issuer, clientId: 'a', clientSecret: 'b+/c', resource: `${issuer}/admin` };
    return { token: createClientCredentialsToken({ ...client, outbound, clock }), sent };
  };

  it('is requested with id and secret form-encoded (RFC 6749 §2.3.1), and renewed before its end', async () => {
    let now = 0;
    const { token, sent } = make(
      { access_token: 't', token_type: 'bearer', expires_in: 600 },
      () => now,
    );
    await token();
    expect(sent).toEqual([
      `Basic ${btoa('a:b%2B%2Fc')} grant_type=client_credentials&resource=https%3A%2F%2Fas.example%2Fadmin`,
    ]);
    now = 569_999;
    await token();
    expect(sent).toHaveLength(1);
    now = 570_000;
    await token();
    expect(sent).toHaveLength(2);
  });

  it.each([
    [{ access_token: 't', token_type: 'DPoP' }],
    [{ token_type: 'Bearer' }],
    [{ access_token: 1, token_type: 'Bearer' }],
    ['null'],
    ['no JSON'],
  ])('is missing if the answer is %j', async (answer) => {
    await expect(make(answer, () => 0).token()).rejects.toThrow();
  });

  it('without an end is requested each time', async () => {
    const { token, sent } = make({ access_token: 't', token_type: 'Bearer' }, () => 0);
    await token();
    await token();
    expect(sent).toHaveLength(2);
  });
});
