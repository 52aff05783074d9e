import { text } from 'node:stream/consumers';
import express, { type NextFunction, type Request, type Response } from 'express';
import Koa from 'koa';
import { describe, expect, expectTypeOf, it, onTestFinished } from 'vitest';
import type { Caller } from '../caller.ts';
import type { Guard } from '../guard.ts';
import { asForm, bearer, createStage, type Stage } from '../testing-parts/fixture.ts';
import { listen } from '../testing-parts/mounts/listening.ts';
import { createExpressGuard } from './express.ts';
import { createKoaGuard } from './koa.ts';

const json = ['content-type', 'application/json'];

async function stageOf(build: (guard: Guard, app: express.Express) => void): Promise<Stage> {
  const stage = await createStage((guard) => {
    const app = express();
    build(guard, app);
    return listen(app);
  });
  onTestFinished(() => stage.served.close());
  return stage;
}

describe('the guard on Express', () => {
  it('gives handlers the access of the options, with types', async () => {
    const { ask, issuer } = await stageOf((guard, app) => {
      const protect = createExpressGuard<Request, Response>(guard);
      const found = protect(
        { resource: (request: Request<{ id: string }>) => ({ id: request.params.id, size: 3 }) },
        (request, response, { caller, resource }) => {
          expectTypeOf(request.params.id).toBeString();
          expectTypeOf(resource).toEqualTypeOf<{ id: string; size: number }>();
          expectTypeOf(caller).toEqualTypeOf<Caller>();
          response.json({ subject: caller.subject, ...resource });
        },
      );
      app.get('/things/:id', found);
      const open = protect({ optional: true }, (_request, response, { caller, resource }) => {
        expectTypeOf(caller).toEqualTypeOf<Caller | undefined>();
        expectTypeOf(resource).toEqualTypeOf<undefined>();
        response.json({ subject: caller?.subject ?? 'nobody' });
      });
      app.get('/open', open);
    });
    expect((await ask('/things/7', { headers: bearer(issuer.token()) })).body).toEqual({
      subject: 'usr_ada',
      id: '7',
      size: 3,
    });
    expect((await ask('/open')).body).toEqual({ subject: 'nobody' });
  });

  it('lets two guards in one chain check the same form, and gives the rest of it to the handler', async () => {
    const { ask, issuer, facts } = await stageOf((guard, app) => {
      const protect = createExpressGuard<Request, Response>(guard);
      const reading = protect({ scope: 'buildings:read' });
      const owning = protect({
        resource: () => 'house',
        can: ({ resource }) => resource === 'house',
      });
      const router = express.Router().use(reading);
      router.post('/:id', owning, express.urlencoded(), (request, response) => {
        expectTypeOf(owning.accessOf(request).resource).toBeString();
        const { caller } = reading.accessOf(request);
        response.json({
          body: request.body,
          by: caller.subject,
          resource: owning.accessOf(request).resource,
        });
      });
      app.use('/v1/houses', router);
    });
    const reply = await ask(
      '/v1/houses/1?x=1',
      asForm({ access_token: issuer.token(), name: 'Zoë' }),
    );
    expect(reply.body).toEqual({ body: { name: 'Zoë' }, by: 'usr_ada', resource: 'house' });
    expect(facts.map(({ target }) => target)).toEqual(['/v1/houses/1?x=1', '/v1/houses/1?x=1']);
    expect((await ask('/v1/houses/1', asForm({ name: 'x' }))).status).toBe(401);
  });

  it('removes the token from the body of a parser', async () => {
    const { ask, issuer } = await stageOf((guard, app) => {
      const protect = createExpressGuard<Request, Response>(guard);
      app.use(express.urlencoded({ extended: true }));
      app.post(
        '/',
        protect({}, (request, response) => response.json(request.body)),
      );
    });
    const { body } = await ask('/', asForm({ access_token: issuer.token(), 'a[b]': '1' }));
    expect(body).toEqual({ a: { b: '1' } });
  });

  it('does not read bodies that are no forms, or that a route reads itself', async () => {
    const { ask, issuer } = await stageOf((guard, app) => {
      const protect = createExpressGuard<Request, Response>(guard);
      app.post(
        '/json',
        protect({}),
        express.json(),
        (request, response) => void response.json(request.body),
      );
      app.post(
        '/raw',
        protect({ formToken: false }, async (request, response) =>
          response.json([await text(request)]),
        ),
      );
    });
    const headers = bearer(issuer.token());
    const sent = await ask('/json', {
      method: 'POST',
      headers: [...json, ...headers],
      body: '{"a":1}',
    });
    expect(sent.text).toBe('{"a":1}');
    const form = asForm('a=1&access_token=x');
    expect(
      (await ask('/raw', { ...form, headers: [...(form.headers ?? []), ...headers] })).text,
    ).toBe('["a=1&access_token=x"]');
  });

  it('gives no access to a handler without the guard', async () => {
    const { ask, issuer } = await stageOf((guard, app) => {
      const protect = createExpressGuard<Request, Response>(guard);
      const [one, other] = [protect({}), protect({ scope: 'more' })];
      app.get('/bare', (request, response) => void response.json(one.accessOf(request)));
      app.get('/other', one, (request, response) => void response.json(other.accessOf(request)));
      app.use((error: Error, _request: Request, response: Response, _next: NextFunction) => {
        response.status(500).json({ message: error.message });
      });
    });
    for (const path of ['/bare', '/other']) {
      const reply = await ask(path, { headers: bearer(issuer.token()) });
      expect([reply.status, reply.body['message']]).toEqual([
        500,
        'This guard is not in front of this route.',
      ]);
    }
  });

  it('gives errors of handlers unchanged to the error handler of the application', async () => {
    const errors: unknown[] = [];
    const fault = new Error('mine');
    const { ask, issuer, events } = await stageOf((guard, app) => {
      const protect = createExpressGuard<Request, Response>(guard);
      app.get(
        '/throws',
        protect({}, () => {
          throw fault;
        }),
      );
      app.get(
        '/rejects',
        protect({}, async () => Promise.reject(fault)),
      );
      app.get(
        '/passes',
        protect({}, (_request, _response, _access, next) => next(fault)),
      );
      app.post(
        '/late',
        protect({}, () => {
          throw fault;
        }),
      );
      app.use((error: unknown, _request: Request, response: Response, _next: NextFunction) => {
        errors.push(error);
        response.status(500).end();
      });
    });
    const headers = bearer(issuer.token());
    for (const path of ['/throws', '/rejects', '/passes'])
      expect((await ask(path, { headers })).status).toBe(500);
    expect((await ask('/late', asForm({ access_token: issuer.token() }))).status).toBe(500);
    expect(errors).toEqual([fault, fault, fault, fault]);
    expect(events).toEqual([]);
  });

  it.each([
    ['by the socket, though the application trusts a proxy', undefined, '127.0.0.1'],
    ['by Express, where the author says so', ({ ip }: Request) => ip, '192.0.2.7'],
  ])('says where a request comes from %s', async (_name, remoteAddress, address) => {
    const { ask, facts } = await stageOf((guard, app) => {
      app.set('trust proxy', true);
      const options = remoteAddress === undefined ? {} : { remoteAddress };
      app.get(
        '/',
        createExpressGuard<Request, Response>(guard, options)({}, () => {}),
      );
    });
    await ask('/', { headers: ['x-forwarded-for', '192.0.2.7'] });
    expect(facts.at(-1)?.remoteAddress).toBe(address);
  });

  it('works without the types of Express', async () => {
    const { ask, issuer } = await stageOf((guard, app) => {
      const protect = createExpressGuard(guard);
      app.get(
        '/:id',
        protect({ resource: ({ params }) => params['id'] }, (_request, response, { resource }) => {
          response.json({ resource });
        }),
      );
    });
    expect((await ask('/7', { headers: bearer(issuer.token()) })).body).toEqual({ resource: '7' });
  });

  it('also finds the whole address if a listener of node:http or Koa is mounted in Express', async () => {
    const { ask, facts } = await stageOf((guard, app) => {
      const koa = new Koa();
      koa.use(createKoaGuard(guard)({}, () => {}));
      app.use(
        '/node',
        guard.node({}, () => {}),
      );
      app.use('/koa', koa.callback());
    });
    for (const target of ['/node/a?x=1', '/koa/a?x=1']) {
      expect((await ask(target)).status).toBe(401);
      expect(facts.at(-1)?.target).toBe(target);
    }
  });
});
