import { createGuard } from '@keywright/guard';
import { createFastifyGuard } from '@keywright/guard/fastify';
import fastify, { type FastifyReply, type FastifyRequest } from 'fastify';
import { findBuilding, isOwner } from './buildings.ts';

interface One {
  Params: { id: string };
}

const { ISSUER = '', AUDIENCE = '', PORT = '3000' } = process.env;
const guard = createGuard({ issuer: ISSUER, audience: AUDIENCE });
const protect = createFastifyGuard<FastifyRequest, FastifyReply>(guard);

const show = protect(
  {
    scope: 'buildings:read',
    resource: ({ params }: FastifyRequest<One>) => findBuilding(params.id),
    can: isOwner,
  },
  (_request, reply, { resource }) => reply.send(resource),
);

const app = fastify();
await app.register(protect.wellKnown);
app.get<One>('/buildings/:id', show);
await app.listen({ port: Number(PORT) });
