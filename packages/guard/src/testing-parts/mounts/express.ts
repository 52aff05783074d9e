import express, { type Request, type Response } from 'express';
import { createExpressGuard } from '../../adapters/express.ts';
import type { Guard } from '../../guard.ts';
import type { Access } from '../../route.ts';
import { answerWith, contractRoutes } from '../contract-routes.ts';
import type { Served } from '../fixture.ts';
import { listen } from './listening.ts';

export function mountExpress(guard: Guard): Promise<Served> {
  return listen(createApp(guard, express()));
}

/** The guard as a middleware before the handler. */
export function mountChainedExpress(guard: Guard): Promise<Served> {
  return listen(createApp(guard, express(), true));
}

/** Express's own parser before the guard. */
export function mountParsedExpress(guard: Guard): Promise<Served> {
  return listen(createApp(guard, express().use(express.urlencoded({ extended: true }))));
}

function createApp(guard: Guard, app: express.Express, isChained = false): express.Express {
  const protect = createExpressGuard<Request, Response>(guard);
  app.use(protect.wellKnown);
  for (const [name, options] of Object.entries(contractRoutes)) {
    const answer = (response: Response, access: Access<unknown, boolean>) =>
      answerWith(name, access, (body, headers) => response.set(headers).end(body));
    const passing = protect(options);
    // With `use`, the `url` of a mounted handler does not contain the name of the route.
    if (isChained)
      app.use(`/${name}`, passing, (request, response) =>
        answer(response, passing.accessOf(request)),
      );
    else
      app.use(
        `/${name}`,
        protect(options, (_request, response, access) => answer(response, access)),
      );
  }
  return app;
}
