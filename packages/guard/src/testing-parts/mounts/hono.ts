import type { Server } from 'node:http';
import { createAdaptorServer } from '@hono/node-server';
import { type Context, Hono } from 'hono';
import { createHonoGuard } from '../../adapters/hono.ts';
import type { Guard } from '../../guard.ts';
import type { Access } from '../../route.ts';
import { answerWith, contractRoutes } from '../contract-routes.ts';
import type { Served } from '../fixture.ts';
import { carriedBy, serveOn } from './listening.ts';

/** Hono routes by the whole path. Handlers after the guard can still read forms. */
export function mountHono(guard: Guard): Promise<Served> {
  return mount(guard, new Hono());
}

/** After a middleware that has read the form through Hono, which keeps it. */
export function mountParsedHono(guard: Guard): Promise<Served> {
  const app = new Hono();
  app.use(async (c, next) => {
    await c.req.parseBody();
    await next();
  });
  return mount(guard, app);
}

/** The guard as a middleware before the handler. */
export function mountChainedHono(guard: Guard): Promise<Served> {
  return mount(guard, new Hono(), true);
}

function mount(guard: Guard, app: Hono, isChained = false): Promise<Served> {
  app.onError((_error, c) => c.text('an answer of its own', 500));
  const protect = createHonoGuard<Context>(guard);
  app.use(protect.wellKnown);
  for (const [name, options] of Object.entries(contractRoutes)) {
    const answer = (c: Context, access: Access<unknown, boolean>) =>
      answerWith(name, access, (body, headers) => c.body(body, 200, { ...headers }));
    const carried = carriedBy(options, (c: Context) => c.req.raw);
    const passing = protect(carried);
    for (const path of [`/${name}`, `/${name}/*`]) {
      if (isChained) app.all(path, passing, (c) => answer(c, passing.accessOf(c)));
      else app.all(path, protect(carried, answer));
    }
  }
  return serveOn(createAdaptorServer({ fetch: app.fetch }) as Server);
}
