import { hash } from 'node:crypto';
import { describe, expect, expectTypeOf, it } from 'vitest';
import type { Caller } from '../caller.ts';
import { createFetchGuard, type FetchConnection, wellKnownResponse } from '../fetch-guard.ts';
import {
  audience,
  createGuardFixture,
  createIssuer,
  issuer as issuerName,
} from '../testing-parts/fixture.ts';

const issuer = await createIssuer();
const { guard, events } = createGuardFixture([issuer.key], { maxFormBytes: 4000 });
const address = 'https://api.example/things/7';
const authorization = `Bearer ${issuer.token()}`;
const formType = 'application/x-www-form-urlencoded';

function post(body: BodyInit, headers: Record<string, string> = {}): Request {
  const init = {
    method: 'POST',
    headers: { 'content-type': formType, ...headers },
    body,
    duplex: 'half',
  };
  return new Request(address, init);
}

describe('the guard on web-standard requests', () => {
  it('gives handlers the access of the options, with types', async () => {
    const show = guard.fetch(
      { resource: (request) => ({ id: request.url.split('/').at(-1) }) },
      (_request, { caller, resource }) => {
        expectTypeOf(resource).toEqualTypeOf<{ id: string | undefined }>();
        expectTypeOf(caller).toEqualTypeOf<Caller>();
        return Response.json({ id: resource.id, subject: caller.subject });
      },
    );
    const response = await show(new Request(address, { headers: { authorization } }));
    expect(await response.json()).toEqual({ id: '7', subject: 'usr_ada' });
  });

  it('trusts a header with a certificate only from the peer of the connection (RFC 9440 §4)', async () => {
    const certificate = Buffer.from('a certificate');
    const bound = issuer.token({ cnf: { 'x5t#S256': hash('sha256', certificate, 'base64url') } });
    const options = { certificate: { header: 'client-cert', trustedProxies: ['10.0.0.1'] } };
    const show = createGuardFixture([issuer.key], options).guard.fetch(
      {},
      () => new Response('in'),
    );
    const ask = async (connection?: FetchConnection) => {
      const headers = {
        authorization: `Bearer ${bound}`,
        'x-forwarded-for': '10.0.0.1',
        'client-cert': `:${certificate.toString('base64')}:`,
      };
      return (await show(new Request(address, { headers }), connection)).status;
    };
    expect(await ask({ peerAddress: '10.0.0.1' })).toBe(200);
    // An application may have read it from X-Forwarded-For, which anyone can write.
    expect(await ask({ remoteAddress: '10.0.0.1' })).toBe(401);
    for (const peerAddress of [undefined, '', '203.0.113.9', null as never])
      expect(await ask({ remoteAddress: '10.0.0.1', peerAddress })).toBe(401);
    expect(await ask()).toBe(401);
  });

  it('returns the same response object that the handler returned', async () => {
    const own = new Response('x');
    const show = guard.fetch({}, () => own);
    expect(await show(new Request(address, { headers: { authorization } }))).toBe(own);
  });

  it('leaves the body of a form to the handler as well', async () => {
    const show = guard.fetch(
      {},
      async (request, { form }) => new Response(`${await request.text()} ${String(form)}`),
    );
    const body = `access_token=${issuer.token()}&a=1`;
    expect(await (await show(post(body))).text()).toBe(`${body} a=1`);
  });

  it('does not read a body that is no form, or that a route reads itself', async () => {
    const asked: boolean[] = [];
    const body = () =>
      new ReadableStream(
        {
          pull(controller) {
            asked.push(true);
            controller.close();
          },
        },
        { highWaterMark: 0 },
      );
    for (const [options, headers] of [
      [{}, { 'content-type': 'application/json' }],
      [{ formToken: false }, {}],
    ] as const) {
      const show = guard.fetch(options, (request) => new Response(String(request.bodyUsed)));
      const response = await show(post(body(), { authorization, ...headers }));
      expect(await response.text()).toBe('false');
    }
    expect(asked).toEqual([]);
  });

  it('reads a form only up to the limit', async () => {
    let chunks = 0;
    const body = new ReadableStream(
      {
        pull(controller) {
          chunks += 1;
          controller.enqueue(new Uint8Array(1000));
        },
      },
      { highWaterMark: 0 },
    );
    expect((await guard.fetch({}, () => new Response())(post(body))).status).toBe(413);
    expect(chunks).toBeLessThan(8);
  });

  it('treats a form that breaks off as a fault of the request, and one that was read before as absent', async () => {
    const broken = new ReadableStream({
      pull: (controller) => controller.error(new Error('gone')),
    });
    expect((await guard.fetch({}, () => new Response())(post(broken))).status).toBe(400);
    expect(events.at(-1)?.reason).toBe('parameter_malformed');
    const read = post(`access_token=${issuer.token()}`);
    await read.text();
    expect((await guard.fetch({}, () => new Response())(read)).status).toBe(401);
    expect(events.at(-1)?.reason).toBe('token_missing');
  });

  it('returns a response that upgrades the connection unchanged, because a 101 cannot be copied', async () => {
    const upgraded = Object.defineProperty(new Response(), 'status', { value: 101 });
    const serve = guard.fetch({ queryToken: true }, () => upgraded);
    expect(await serve(new Request(`${address}?access_token=${issuer.token()}`))).toBe(upgraded);
  });

  it('rejects only with errors of the handler', async () => {
    const fault = new Error('mine');
    const request = () => new Request(address, { headers: { authorization } });
    await expect(
      guard.fetch({}, () => {
        throw fault;
      })(request()),
    ).rejects.toBe(fault);
    const failing = guard.fetch(
      {
        can: () => {
          throw fault;
        },
      },
      () => new Response(),
    );
    expect((await failing(request())).status).toBe(500);
  });
});

describe('the guard on web-standard requests alone', () => {
  it('answers its documents, and protects like the full guard', async () => {
    const small = createFetchGuard({
      issuer: issuerName,
      audience,
      keys: { jwks: { keys: [issuer.key.publicJwk] } },
    });
    const metadata = 'https://api.example/.well-known/oauth-protected-resource?x';
    const head = new Request(metadata, { method: 'HEAD' });
    expect(wellKnownResponse(small, head)?.headers.get('content-type')).toBe('application/json');
    expect(await wellKnownResponse(small, new Request(metadata))?.json()).toMatchObject({
      resource: audience,
    });
    expect(wellKnownResponse(small, new Request(metadata, { method: 'OPTIONS' }))?.status).toBe(
      204,
    );
    for (const request of [
      new Request(metadata, { method: 'POST' }),
      new Request(`${address}?${metadata}`),
    ]) {
      expect(wellKnownResponse(small, request)).toBeUndefined();
    }
    expect((await small.fetch({}, () => new Response())(new Request(address))).status).toBe(401);
  });
});
