import { Router } from '@koa/router';
import { text } from 'node:stream/consumers';
import Koa, { type Context } from 'koa';
import { describe, expect, expectTypeOf, it, onTestFinished } from 'vitest';
import type { Caller } from '../caller.ts';
import type { Guard } from '../guard.ts';
import { asForm, bearer, createStage, type Stage } from '../testing-parts/fixture.ts';
import { listen } from '../testing-parts/mounts/listening.ts';
import { createKoaGuard } from './koa.ts';

async function stageOf(build: (guard: Guard, app: Koa) => void): Promise<Stage> {
  const stage = await createStage((guard) => {
    const app = new Koa();
    app.silent = true;
    build(guard, app);
    const carry = app.callback();
    return listen((request, response) => void carry(request, response));
  });
  onTestFinished(() => stage.served.close());
  return stage;
}

describe('the guard on Koa', () => {
  it('gives handlers of a router the access of the options, with types', async () => {
    const { ask, issuer, facts } = await stageOf((guard, app) => {
      const protect = createKoaGuard(guard);
      const router = new Router({ prefix: '/v1' });
      const found = protect(
        { resource: ({ params }) => (params['id'] === '7' ? { size: 3 } : undefined) },
        (context, { caller, resource }) => {
          expectTypeOf(resource).toEqualTypeOf<{ size: number }>();
          expectTypeOf(caller).toEqualTypeOf<Caller>();
          context.body = { subject: caller.subject, size: resource.size };
        },
      );
      router.get('/things/:id', found);
      app.use(router.routes());
    });
    const headers = bearer(issuer.token());
    expect((await ask('/v1/things/7?x=1', { headers })).body).toEqual({
      subject: 'usr_ada',
      size: 3,
    });
    expect((await ask('/v1/things/8', { headers })).status).toBe(404);
    expect(facts.map(({ target }) => target)).toEqual(['/v1/things/7?x=1', '/v1/things/8']);
  });

  it('lets two guards in one chain check the same form, and gives the rest of it to the handler', async () => {
    const { ask, issuer } = await stageOf((guard, app) => {
      const protect = createKoaGuard<Context>(guard);
      const [reading, owning] = [
        protect({ scope: 'buildings:read' }),
        protect({ resource: () => 'house' }),
      ];
      app
        .use(reading)
        .use(owning)
        .use((context) => {
          const { resource } = owning.accessOf(context);
          expectTypeOf(resource).toBeString();
          const { body } = context.request as { body?: unknown };
          context.body = { body, resource, by: reading.accessOf(context).caller.subject };
        });
    });
    const reply = await ask('/', asForm({ access_token: issuer.token(), name: 'x' }));
    expect(reply.body).toEqual({ body: { name: 'x' }, resource: 'house', by: 'usr_ada' });
  });

  it('does not read bodies that are no forms, or that a route reads itself', async () => {
    const { ask, issuer } = await stageOf((guard, app) => {
      const protect = createKoaGuard<Context>(guard);
      app.use(
        protect({ formToken: false }, async (context) => {
          context.body = [await text(context.req)];
        }),
      );
    });
    const headers = bearer(issuer.token());
    const form = asForm('a=1&access_token=x');
    for (const sent of [form, { ...form, headers: ['content-type', 'application/json'] }]) {
      const reply = await ask('/', { ...sent, headers: [...(sent.headers ?? []), ...headers] });
      expect(reply.text).toBe('["a=1&access_token=x"]');
    }
  });

  it('gives errors of handlers unchanged to Koa, and gives no access without the guard', async () => {
    const fault = new Error('mine');
    const errors: unknown[] = [];
    const { ask, issuer } = await stageOf((guard, app) => {
      const protect = createKoaGuard<Context>(guard);
      app.on('error', (error) => errors.push(error));
      const passing = protect({});
      app.use((context, next) => (context.path === '/bare' ? passing.accessOf(context) : next()));
      app.use(protect({}, async () => Promise.reject(fault)));
    });
    const headers = bearer(issuer.token());
    expect((await ask('/', { headers })).status).toBe(500);
    expect((await ask('/bare', { headers })).status).toBe(500);
    expect(errors[0]).toBe(fault);
    expect(errors[1]).toMatchObject({ message: 'This guard is not in front of this route.' });
  });

  it('lets Koa process a refusal like the answer of a handler', async () => {
    const { ask } = await stageOf((guard, app) => {
      app.use(async (context, next) => {
        await next();
        context.set('access-control-allow-origin', '*');
      });
      app.use(createKoaGuard<Context>(guard)({}, () => {}));
    });
    const { status, headers } = await ask('/');
    expect([status, headers['access-control-allow-origin']]).toEqual([401, '*']);
  });

  it.each([
    ['by the socket, though the application trusts a proxy', undefined, '127.0.0.1'],
    ['by Koa, where the author says so', ({ ip }: Context) => ip, '192.0.2.7'],
  ])('says where a request comes from %s', async (_name, remoteAddress, address) => {
    const { ask, facts } = await stageOf((guard, app) => {
      app.proxy = true;
      const options = remoteAddress === undefined ? {} : { remoteAddress };
      app.use(createKoaGuard<Context>(guard, options)({}, () => {}));
    });
    await ask('/', { headers: ['x-forwarded-for', '192.0.2.7'] });
    expect(facts.at(-1)?.remoteAddress).toBe(address);
  });
});
