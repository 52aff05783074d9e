import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { describe, expect, expectTypeOf, it, onTestFinished } from 'vitest';
import type { Caller } from '../caller.ts';
import type { Guard } from '../guard.ts';
import { asForm, bearer, createStage, type Stage } from '../testing-parts/fixture.ts';
import { createFastifyGuard } from './fastify.ts';

const json = ['content-type', 'application/json'];

async function stageOf(
  build: (guard: Guard, app: FastifyInstance) => unknown,
  options: { readonly trustProxy?: boolean } = {},
): Promise<Stage> {
  const stage = await createStage(async (guard) => {
    const app = fastify({ forceCloseConnections: true, ...options });
    await build(guard, app);
    return {
      origin: await app.listen({ port: 0, host: '127.0.0.1' }),
      close: () => void app.close(),
    };
  });
  onTestFinished(() => stage.served.close());
  return stage;
}

function parseForms(app: FastifyInstance): void {
  app.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string' },
    (_request, body, done) => done(null, Object.fromEntries(new URLSearchParams(String(body)))),
  );
}

describe('the guard on Fastify', () => {
  it('gives handlers the access of the options, with types, and sends what they return', async () => {
    const { ask, issuer } = await stageOf((guard, app) => {
      const protect = createFastifyGuard<FastifyRequest, FastifyReply>(guard);
      const found = protect(
        {
          resource: ({ params }: FastifyRequest<{ Params: { id: string } }>) => ({
            id: params.id,
            size: 3,
          }),
        },
        async (request, _reply, { caller, resource }) => {
          expectTypeOf(request.params.id).toBeString();
          expectTypeOf(resource).toEqualTypeOf<{ id: string; size: number }>();
          expectTypeOf(caller).toEqualTypeOf<Caller>();
          return { subject: caller.subject, ...resource };
        },
      );
      app.get<{ Params: { id: string } }>('/things/:id', found);
    });
    const headers = bearer(issuer.token());
    expect((await ask('/things/7', { headers })).body).toEqual({
      subject: 'usr_ada',
      id: '7',
      size: 3,
    });
  });

  it('protects the routes of a plugin by one hook, and gives each route its own access', async () => {
    const { ask, issuer, facts } = await stageOf((guard, app) => {
      const protect = createFastifyGuard<FastifyRequest, FastifyReply>(guard);
      const [reading, owning] = [
        protect({ scope: 'buildings:read' }),
        protect({ resource: () => 'house' }),
      ];
      parseForms(app);
      void app.register(
        (api, _options, done) => {
          api.addHook('preParsing', reading.preParsing);
          api.post('/house', owning, (request) => {
            const { resource, form } = owning.accessOf(request);
            expectTypeOf(resource).toBeString();
            const by = reading.accessOf(request).caller.subject;
            return { body: request.body, form: String(form), resource, by };
          });
          done();
        },
        { prefix: '/v1' },
      );
      app.get('/free', async () => 'free');
    });
    const reply = await ask('/v1/house', asForm({ access_token: issuer.token(), name: 'Zoë' }));
    expect(reply.body).toEqual({
      body: { name: 'Zoë' },
      form: 'name=Zo%C3%AB',
      resource: 'house',
      by: 'usr_ada',
    });
    expect(facts.map(({ target }) => target)).toEqual(['/v1/house', '/v1/house']);
    expect((await ask('/free')).text).toBe('free');
    expect((await ask('/v1/house', { method: 'POST' })).status).toBe(401);
  });

  it('refuses before the body is parsed or its size is checked', async () => {
    let parsed = 0;
    const { ask, issuer } = await stageOf((guard, app) => {
      app.addHook('preValidation', (_request, _reply, done) => {
        parsed += 1;
        done();
      });
      app.post(
        '/',
        createFastifyGuard(guard)({}, async () => 'passed'),
      );
    });
    const body = `{"x":"${'a'.repeat(1_200_000)}"}`;
    expect((await ask('/', { method: 'POST', headers: json, body })).status).toBe(401);
    expect(parsed).toBe(0);
    const headers = [...json, ...bearer(issuer.token())];
    expect((await ask('/', { method: 'POST', headers, body: '{' })).status).toBe(400);
    expect((await ask('/', { method: 'POST', headers, body })).status).toBe(413);
    expect((await ask('/', { method: 'POST', headers, body: '{}' })).text).toBe('passed');
  });

  it('gives errors of handlers unchanged to Fastify, and gives no access without the guard', async () => {
    const errors: string[] = [];
    const { ask, issuer } = await stageOf((guard, app) => {
      app.setErrorHandler((error: Error, _request, reply) => {
        errors.push(error.message);
        return reply.code(500).send();
      });
      const protect = createFastifyGuard<FastifyRequest, FastifyReply>(guard);
      const [one, other] = [protect({}), protect({})];
      const handled = protect({}, async () => 'not for everybody');
      app.get(
        '/throws',
        protect({}, () => {
          throw new Error('mine');
        }),
      );
      app.get(
        '/rejects',
        protect({}, async () => Promise.reject(new Error('mine'))),
      );
      app.get('/other', one, (request) => other.accessOf(request));
      // The route has lost the hook of the guard, so its handler must not run.
      app.get('/lost', { ...handled, preParsing: [] });
    });
    const headers = bearer(issuer.token());
    for (const path of ['/throws', '/rejects', '/other', '/lost']) {
      expect((await ask(path, { headers })).status).toBe(500);
    }
    const absent = 'This guard is not in front of this route.';
    expect(errors).toEqual(['mine', 'mine', absent, absent]);
  });

  it('keeps the headers that Fastify sets on every answer on a refusal too', async () => {
    const { ask } = await stageOf((guard, app) => {
      app.addHook(
        'onRequest',
        async (_request, reply) => void reply.header('access-control-allow-origin', '*'),
      );
      app.addHook('onSend', async (_request, reply) => void reply.header('x-seen', 'yes'));
      app.get(
        '/',
        createFastifyGuard(guard)({}, async () => ''),
      );
    });
    const { status, headers } = await ask('/');
    expect([status, headers['access-control-allow-origin'], headers['x-seen']]).toEqual([
      401,
      '*',
      'yes',
    ]);
  });

  it.each([
    ['by the socket, though the application trusts a proxy', undefined, '127.0.0.1'],
    ['by Fastify, where the author says so', ({ ip }: FastifyRequest) => ip, '192.0.2.7'],
  ])('says where a request comes from %s', async (_name, remoteAddress, address) => {
    const { ask, facts } = await stageOf(
      (guard, app) => {
        const options = remoteAddress === undefined ? {} : { remoteAddress };
        app.get(
          '/',
          createFastifyGuard<FastifyRequest, FastifyReply>(guard, options)({}, async () => ''),
        );
      },
      { trustProxy: true },
    );
    await ask('/', { headers: ['x-forwarded-for', '192.0.2.7'] });
    expect(facts.at(-1)?.remoteAddress).toBe(address);
  });
});
