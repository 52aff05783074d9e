import { hash } from 'node:crypto';
import type { Server } from 'node:http';
import { createAdaptorServer } from '@hono/node-server';
import { type Context, Hono } from 'hono';
import { describe, expect, expectTypeOf, it, onTestFinished } from 'vitest';
import type { Caller } from '../caller.ts';
import type { Guard } from '../guard.ts';
import {
  asForm,
  bearer,
  createGuardFixture,
  createIssuer,
  createStage,
  type Stage,
} from '../testing-parts/fixture.ts';
import { serveOn } from '../testing-parts/mounts/listening.ts';
import { watchGuard, type Fact } from '../testing-parts/watched-guard.ts';
import { createHonoGuard } from './hono.ts';

async function stageOf(build: (guard: Guard, app: Hono) => void): Promise<Stage> {
  const stage = await createStage((guard) => {
    const app = new Hono();
    app.onError((error, c) => c.text(error.message, 500));
    build(guard, app);
    return serveOn(createAdaptorServer({ fetch: app.fetch }) as Server);
  });
  onTestFinished(() => stage.served.close());
  return stage;
}

describe('the guard on Hono', () => {
  it('gives handlers the access of the options, with types', async () => {
    const { ask, issuer } = await stageOf((guard, app) => {
      const protect = createHonoGuard<Context>(guard);
      const found = protect(
        { resource: (c) => ({ id: c.req.param('id'), size: 3 }) },
        (c, { caller, resource }) => {
          expectTypeOf(resource.size).toBeNumber();
          expectTypeOf(caller).toEqualTypeOf<Caller>();
          return c.json({ subject: caller.subject, ...resource });
        },
      );
      app.route('/v1', new Hono().get('/things/:id', found));
    });
    const reply = await ask('/v1/things/7', { headers: bearer(issuer.token()) });
    expect(reply.body).toEqual({ subject: 'usr_ada', id: '7', size: 3 });
  });

  it('lets two guards in one chain check the same form, which the handler can read too', async () => {
    const { ask, issuer } = await stageOf((guard, app) => {
      const protect = createHonoGuard<Context>(guard);
      const [reading, owning] = [
        protect({ scope: 'buildings:read' }),
        protect({ resource: () => 'house' }),
      ];
      app.use(reading);
      app.post('/', owning, async (c) => {
        const { resource, form } = owning.accessOf(c);
        expectTypeOf(resource).toBeString();
        const { name } = await c.req.parseBody();
        return c.json({
          name,
          form: form?.toString(),
          resource,
          by: reading.accessOf(c).caller.subject,
        });
      });
    });
    const reply = await ask('/', asForm({ access_token: issuer.token(), name: 'x' }));
    expect(reply.body).toEqual({ name: 'x', form: 'name=x', resource: 'house', by: 'usr_ada' });
  });

  it.each([
    ['as text', (c: Context) => c.req.text()],
    ['as bytes', (c: Context) => c.req.arrayBuffer()],
    ['as form data', (c: Context) => c.req.formData()],
    ['as fields', (c: Context) => c.req.parseBody()],
  ])('finds the token of a form that was read before %s', async (_name, read) => {
    const { ask, issuer } = await stageOf((guard, app) => {
      app.use(async (c, next) => {
        await read(c);
        await next();
      });
      app.post(
        '/',
        createHonoGuard<Context>(guard)({}, (c, { form }) => c.text(String(form))),
      );
    });
    expect((await ask('/', asForm({ access_token: issuer.token(), name: 'x' }))).text).toBe(
      'name=x',
    );
    expect((await ask('/', asForm({ access_token: 'bad' }))).status).toBe(401);
  });

  it('gives errors of handlers unchanged to Hono, and gives no access without the guard', async () => {
    const { ask, issuer } = await stageOf((guard, app) => {
      const protect = createHonoGuard<Context>(guard);
      const [one, other] = [protect({}), protect({})];
      app.get(
        '/fault',
        protect({}, () => Promise.reject(new Error('mine'))),
      );
      app.get('/other', one, (c) => c.json(other.accessOf(c)));
    });
    const headers = bearer(issuer.token());
    expect((await ask('/fault', { headers })).text).toBe('mine');
    expect((await ask('/other', { headers })).text).toBe(
      'This guard is not in front of this route.',
    );
  });

  it('keeps the headers that Hono sets on every answer on a refusal too', async () => {
    const { ask } = await stageOf((guard, app) => {
      app.use(async (c, next) => {
        c.header('access-control-allow-origin', '*');
        await next();
      });
      app.get(
        '/',
        createHonoGuard<Context>(guard)({}, (c) => c.text('')),
      );
    });
    const { status, headers } = await ask('/');
    expect([status, headers['access-control-allow-origin']]).toEqual([401, '*']);
  });

  it('sets the headers for a token in the query also on an immutable answer', async () => {
    const { ask, issuer } = await stageOf((guard, app) => {
      const passing = createHonoGuard<Context>(guard)({ queryToken: true });
      app.get('/', passing, () => Response.redirect('https://files.example/1'));
    });
    const { status, headers } = await ask(`/?access_token=${issuer.token()}`);
    expect(status).toBe(302);
    expect(headers).toMatchObject({
      'cache-control': 'no-store',
      location: 'https://files.example/1',
    });
  });

  it('knows the facts of the connection that the platform gives, and no others', async () => {
    const facts: Fact[] = [];
    const issuer = await createIssuer();
    const guard = watchGuard(createGuardFixture([issuer.key]).guard, facts);
    for (const options of [
      {},
      { connection: (c: Context) => ({ remoteAddress: (c.env as { ip: string }).ip }) },
    ]) {
      const app = new Hono();
      app.get(
        '/',
        createHonoGuard<Context>(guard, options)({}, (c) => c.text('')),
      );
      const request = new Request('https://api.example/', {
        headers: { 'x-forwarded-for': '192.0.2.9' },
      });
      expect((await app.fetch(request, { ip: '192.0.2.7' })).status).toBe(401);
    }
    expect(facts.map(({ remoteAddress }) => remoteAddress)).toEqual([undefined, '192.0.2.7']);
  });

  it('recognizes a proxy by the connection, whatever the application reads from headers (RFC 9440 §4)', async () => {
    const certificate = Buffer.from('a certificate');
    const cnf = { 'x5t#S256': hash('sha256', certificate, 'base64url') };
    for (const [proxy, status] of [
      ['10.0.0.0/8', 401],
      ['127.0.0.1', 200],
    ] as const) {
      const options = { certificate: { header: 'client-cert', trustedProxies: [proxy] } };
      const stage = await createStage((guard) => {
        const connection = (c: Context) => ({ remoteAddress: c.req.header('x-forwarded-for') });
        const protect = createHonoGuard<Context>(guard, { connection });
        const app = new Hono().get(
          '/',
          protect({}, (c) => c.text('in')),
        );
        return serveOn(createAdaptorServer({ fetch: app.fetch }) as Server);
      }, options);
      onTestFinished(() => stage.served.close());
      const shown = [
        'x-forwarded-for',
        '10.0.0.1',
        'client-cert',
        `:${certificate.toString('base64')}:`,
      ];
      const headers = [...bearer(stage.issuer.token({ cnf })), ...shown];
      expect((await stage.ask('/', { headers })).status, proxy).toBe(status);
      expect(stage.facts.at(-1)?.remoteAddress).toBe('10.0.0.1');
    }
  });
});
