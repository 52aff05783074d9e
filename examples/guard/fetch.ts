import { serve } from '@hono/node-server';
import { createGuard, wellKnownResponse } from '@keywright/guard';
import { findBuilding, isOwner } from './buildings.ts';

const { ISSUER = '', AUDIENCE = '', PORT = '3000' } = process.env;
const guard = createGuard({ issuer: ISSUER, audience: AUDIENCE });

const show = guard.fetch(
  { scope: 'buildings:read', resource: ({ url }) => findBuilding(buildingId(url)), can: isOwner },
  (_request, { resource }) => Response.json(resource),
);

function buildingId(url: string): string | undefined {
  return /^\/buildings\/([^/]+)$/.exec(new URL(url).pathname)?.[1];
}

function handle(request: Request): Response | Promise<Response> {
  const document = wellKnownResponse(guard, request);
  if (document !== undefined) return document;
  if (request.method === 'GET' && buildingId(request.url) !== undefined) return show(request);
  return new Response(null, { status: 404 });
}

serve({ fetch: handle, port: Number(PORT) });
