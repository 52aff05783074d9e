import { createServer } from 'node:http';
import { answerWellKnown, createGuard } from '@keywright/guard';
import { findBuilding, isOwner } from './buildings.ts';

const { ISSUER = '', AUDIENCE = '', PORT = '3000' } = process.env;
const guard = createGuard({ issuer: ISSUER, audience: AUDIENCE });

const show = guard.node(
  { scope: 'buildings:read', resource: ({ url }) => findBuilding(buildingId(url)), can: isOwner },
  (_request, response, { resource }) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(resource));
  },
);

function buildingId(url = '/'): string | undefined {
  return /^\/buildings\/([^/?]+)(?:\?|$)/.exec(url)?.[1];
}

createServer((request, response) => {
  if (answerWellKnown(guard, request, response)) return;
  if (request.method === 'GET' && buildingId(request.url) !== undefined) show(request, response);
  else response.writeHead(404).end();
}).listen(Number(PORT));
