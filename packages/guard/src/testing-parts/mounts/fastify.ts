import fastify, { type FastifyReply, type FastifyRequest } from 'fastify';
import { createFastifyGuard } from '../../adapters/fastify.ts';
import type { Guard } from '../../guard.ts';
import type { Access } from '../../route.ts';
import { answerWith, contractRoutes } from '../contract-routes.ts';
import type { Served } from '../fixture.ts';
import { carriedBy } from './listening.ts';

export function mountFastify(guard: Guard): Promise<Served> {
  return mount(guard, false);
}

/** The guard as route options before the handler. */
export function mountChainedFastify(guard: Guard): Promise<Served> {
  return mount(guard, true);
}

async function mount(guard: Guard, isChained: boolean): Promise<Served> {
  const app = fastify({ forceCloseConnections: true });
  const protect = createFastifyGuard<FastifyRequest, FastifyReply>(guard);
  // Forms on Fastify need a parser. @fastify/formbody works like this.
  app.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string' },
    (_request, body, done) => done(null, Object.fromEntries(new URLSearchParams(body.toString()))),
  );
  await app.register(protect.wellKnown);
  for (const [name, options] of Object.entries(contractRoutes)) {
    const answer = (reply: FastifyReply, access: Access<unknown, boolean>) =>
      answerWith(name, access, (body, headers) => reply.headers({ ...headers }).send(body));
    const carried = carriedBy(options, (request: FastifyRequest) => request.raw);
    const passing = protect(carried);
    for (const url of [`/${name}`, `/${name}/*`]) {
      if (isChained)
        app.all(url, passing, (request, reply) => answer(reply, passing.accessOf(request)));
      else
        app.all(
          url,
          protect(carried, (_request, reply, access) => answer(reply, access)),
        );
    }
  }
  const origin = await app.listen({ port: 0, host: '127.0.0.1' });
  return { origin, close: () => void app.close() };
}
