/**
 * The part of the contract about requests: what an adapter tells the guard, and which requests
 * reach a handler.
 */
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import { handledCount } from './contract-routes.ts';
import { asForm, bearer, challengeOf, type Current, realm, type Sent } from './fixture.ts';

export function describeFacts(current: Current): void {
  it('tells the guard the method and the whole address, with what the route is mounted on', async () => {
    const { ask, facts, issuer } = current();
    for (const [method, target] of [
      ['GET', '/read/a%2Fb/c?x=1&y=%20'],
      ['PUT', '/read?'],
      ['DELETE', '/read/..%2f'],
    ] as const) {
      await ask(target, { method, headers: bearer(issuer.token()) });
      expect(facts.at(-1)).toMatchObject({ method, target });
    }
  });

  it('says that a request came from the other end of the connection, whatever a header says', async () => {
    const { ask, facts } = current();
    const headers = [
      'x-forwarded-for',
      '192.0.2.7',
      'forwarded',
      'for=192.0.2.7',
      'x-real-ip',
      '192.0.2.7',
    ];
    await ask('/read', { headers });
    expect(facts.at(-1)?.remoteAddress).toMatch(/^(::ffff:)?127\.0\.0\.1$/);
  });
}

export function describeMethods(current: Current): void {
  it('answers HEAD as GET, without a body (RFC 9110 §9.3.2)', async () => {
    const { ask, issuer } = current();
    const refused = await ask('/read', { method: 'HEAD' });
    expect([refused.status, refused.text]).toEqual([401, '']);
    expect(challengeOf(refused)).toBe(`${realm}, scope="buildings:read"`);
    expect(refused.headers['content-type']).toBe('application/problem+json');
    const passed = await ask('/read', { method: 'HEAD', headers: bearer(issuer.token()) });
    expect([passed.status, passed.text]).toEqual([200, '']);
  });

  it.each(['OPTIONS', 'POST', 'PUT', 'PATCH', 'DELETE'])(
    'asks for a token with %s, too',
    async (method) => {
      const { ask, issuer } = current();
      expect((await ask('/read', { method })).status).toBe(401);
      expect((await ask('/read', { method, headers: bearer(issuer.token()) })).status).toBe(200);
    },
  );

  it.each(['GET', 'HEAD'])('reads no form of a %s (RFC 6750 §2.2)', async (method) => {
    const { ask, issuer } = current();
    expect(
      (await ask('/read', { ...asForm({ access_token: issuer.token() }), method })).status,
    ).toBe(401);
  });
}

export function describeHandlers(current: Current): void {
  it('passes no refused request on to its handler', async () => {
    const { ask, issuer } = current();
    const before = handledCount();
    const scopeless = issuer.token({ scope: '' });
    const refused: readonly (readonly [string, Sent?])[] = [
      ['/read'],
      ['/read', { headers: bearer('bad') }],
      ['/read', { headers: bearer(scopeless) }],
      ['/read', asForm({ access_token: scopeless })],
      ['/late/2', { headers: bearer(issuer.token()) }],
      ['/late/3', { headers: bearer(issuer.token()) }],
      ['/fault', { headers: bearer(issuer.token()) }],
    ];
    for (const [path, sent] of refused) expect((await ask(path, sent)).status).toBeGreaterThan(400);
    expect(handledCount()).toBe(before);
  });

  it.each(['/crash', '/late-crash'])(
    'leaves the fault of a handler at %s to the framework',
    async (path) => {
      const { ask, issuer, events } = current();
      const before = events.length;
      for (const sent of [
        { headers: bearer(issuer.token()) },
        asForm({ access_token: issuer.token() }),
      ]) {
        const reply = await ask(path, sent);
        expect(reply.status).toBe(500);
        expect(reply.headers['content-type'] ?? '').not.toContain('problem');
        expect(reply.body['decision']).toBeUndefined();
      }
      expect(events.length).toBe(before);
    },
  );

  it('sets what a token in the query demands before the handler, whose own headers stay', async () => {
    const { ask, issuer } = current();
    const { status, headers } = await ask(`/kept?access_token=${issuer.token()}`);
    expect(status).toBe(200);
    expect(headers).toMatchObject({
      'cache-control': 'private, max-age=60',
      'referrer-policy': 'no-referrer',
    });
  });

  it('keeps 200 requests at once apart: each caller gets its own answer, by header and by form', async () => {
    const { ask, issuer } = current();
    const subjects = Array.from({ length: 200 }, (_, index) => `usr_${index}`);
    const replies = await Promise.all(
      subjects.map((sub, index) => {
        const token = issuer.token({ sub });
        const form = asForm({ access_token: token, name: sub });
        return ask('/read', index % 2 === 0 ? { headers: bearer(token) } : form);
      }),
    );
    const seen = replies.map(
      ({ body }) => (body['caller'] as { subject: string } | undefined)?.subject,
    );
    expect(seen).toEqual(subjects);
    const forms = replies.map(({ body }) => body['form']);
    expect(forms).toEqual(
      subjects.map((sub, index) => (index % 2 === 0 ? undefined : `name=${sub}`)),
    );
  });
}

const mebibyte = 1_048_576;

/** Sends plain bytes, to see an answer that arrives while the request is being sent. */
function sendRaw(origin: string, head: readonly string[], body: string): Promise<string> {
  const { hostname, port, host } = new URL(origin);
  const socket = connect(Number(port), hostname);
  // A server that closes the connection on too much data may do so before all of it was sent.
  socket.on('error', () => {});
  socket.write(
    `${[head[0], `host: ${host}`, 'connection: close', ...head.slice(1)].join('\r\n')}\r\n\r\n${body}`,
  );
  return text(socket).catch(() => '');
}

export function describeFloods(current: Current): void {
  const statusOf = (answer: string) => Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1]);

  it.each([
    [
      'of 1 MiB in the header',
      (t: string) => ['GET /read HTTP/1.1', `authorization: Bearer ${t}`],
      '',
    ],
    ['of 1 MiB in the query', (t: string) => [`GET /download?access_token=${t} HTTP/1.1`], ''],
    [
      'among 1 MiB of headers',
      (t: string) => ['GET /read HTTP/1.1', `x: ${t}`, 'authorization: Bearer x'],
      '',
    ],
    [
      'among 900 headers',
      () => ['GET /read HTTP/1.1', ...Array<string>(900).fill('authorization: a')],
      '',
    ],
  ])('refuses a token %s', async (_name, head) => {
    const { served, ask, issuer } = current();
    const answer = await sendRaw(served.origin, head('a'.repeat(mebibyte)), '');
    // Without an answer, the connection was cut while the rest was being sent.
    if (answer !== '') expect([400, 401, 413, 431]).toContain(statusOf(answer));
    expect((await ask('/read', { headers: bearer(issuer.token()) })).status).toBe(200);
  });

  it('refuses a token of 1 MiB in a form', async () => {
    const { served, ask, issuer, events } = current();
    const body = `access_token=${'a'.repeat(mebibyte)}`;
    const head = [
      'POST /read HTTP/1.1',
      'content-type: application/x-www-form-urlencoded',
      `content-length: ${body.length}`,
    ];
    const answer = await sendRaw(served.origin, head, body);
    if (answer !== '') expect([401, 413]).toContain(statusOf(answer));
    expect((await ask('/read', { headers: bearer(issuer.token()) })).status).toBe(200);
    expect(events.at(-1)?.reason).not.toBe('fault');
  });
}

/** Names from which parsers make lists, objects or nothing. */
const namesOfNoToken = [
  'access_token[]=$',
  'access_token[0]=$',
  'access_token[x]=$',
  'access_token[][]=$',
  '__proto__[access_token]=$',
  'constructor[prototype][access_token]=$',
  'ACCESS_TOKEN=$',
  'access_token%20=$',
  'access_token%00=$',
  'access.token=$',
  '{"access_token":"$"}',
];

export function describeNames(current: Current): void {
  it.each(namesOfNoToken)('takes no token from a form that is %s', async (pattern) => {
    const { ask, issuer, events } = current();
    const sent = asForm({});
    const reply = await ask('/read', { ...sent, body: pattern.replace('$', issuer.token()) });
    expect([400, 401]).toContain(reply.status);
    expect(events.at(-1)?.reason).toMatch(/^token_(missing|twice)$/);
  });

  it('finds the token among hundreds of nested fields', async () => {
    const { ask, issuer } = current();
    const fields = Array.from({ length: 300 }, (_, index) => `a[b][${index}]=1`).join('&');
    const body = `${fields}&access_token=${issuer.token()}`.replaceAll('a[b]', 'a');
    expect((await ask('/read', { ...asForm({}), body })).status).toBe(200);
  });
}

/** Not for a parser that reads the body first: it has its own limits and answers. */
export function describeBodies(current: Current): void {
  it('answers 413 to a form that is too large', async () => {
    const reply = await current().ask('/read', asForm({ access_token: 'a'.repeat(5000) }));
    expect([reply.status, reply.body['reason']]).toEqual([413, 'body_too_large']);
    expect(challengeOf(reply)).toBeUndefined();
  });

  it('refuses before anything looks at the body', async () => {
    const { ask } = current();
    for (const type of [
      'application/json',
      'application/xml',
      'multipart/form-data; boundary=x',
      'a b',
    ]) {
      const reply = await ask('/read', {
        method: 'POST',
        headers: ['content-type', type],
        body: '{"',
      });
      expect([type, reply.status, reply.body['reason']]).toEqual([type, 401, 'token_missing']);
    }
  });
}
