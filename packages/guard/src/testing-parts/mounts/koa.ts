import { parse } from 'node:querystring';
import { text } from 'node:stream/consumers';
import Koa, { type Context } from 'koa';
import { createKoaGuard, type KoaMiddleware } from '../../adapters/koa.ts';
import type { Guard } from '../../guard.ts';
import type { Access } from '../../route.ts';
import { answerWith, contractRoutes } from '../contract-routes.ts';
import type { Served } from '../fixture.ts';
import { carriedBy, listen, routeName } from './listening.ts';

export function mountKoa(guard: Guard): Promise<Served> {
  return mount(guard, new Koa());
}

/** After a middleware that leaves a parsed body, as koa-bodyparser does. */
export function mountParsedKoa(guard: Guard): Promise<Served> {
  const app = new Koa();
  app.use(async (context, next) => {
    if (context.is('urlencoded'))
      Object.assign(context.request, { body: parse(await text(context.req)) });
    await next();
  });
  return mount(guard, app);
}

/** The guard as a middleware before the handler. */
export function mountChainedKoa(guard: Guard): Promise<Served> {
  return mount(guard, new Koa(), true);
}

function mount(guard: Guard, app: Koa, isChained = false): Promise<Served> {
  app.silent = true;
  const protect = createKoaGuard<Context>(guard);
  app.use(protect.wellKnown);
  const handlers = new Map(
    Object.entries(contractRoutes).map(([name, options]) => {
      const answer = (context: Context, access: Access<unknown, boolean>) =>
        answerWith(name, access, (body, headers) => {
          context.set({ ...headers });
          context.body = body;
        });
      const carried = carriedBy(options, (context: Context) => context.req);
      const passing = protect(carried);
      const chained: KoaMiddleware<Context> = (context) =>
        passing(context, async () => answer(context, passing.accessOf(context)));
      return [name, isChained ? chained : protect(carried, answer)] as const;
    }),
  );
  app.use((context, next) => {
    const name = routeName(context);
    // As koa-mount does: `url` loses the path of the mount.
    context.path = context.path.slice(name.length + 1) || '/';
    return handlers.get(name)?.(context, next);
  });
  return listen((request, response) => void app.callback()(request, response));
}
