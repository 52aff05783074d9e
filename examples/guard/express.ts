import { createGuard } from '@keywright/guard';
import { createExpressGuard } from '@keywright/guard/express';
import express, { type Request, type Response } from 'express';
import { findBuilding, isOwner } from './buildings.ts';

const { ISSUER = '', AUDIENCE = '', PORT = '3000' } = process.env;
const guard = createGuard({ issuer: ISSUER, audience: AUDIENCE });
const protect = createExpressGuard<Request, Response>(guard);

const show = protect(
  {
    scope: 'buildings:read',
    resource: ({ params }: Request<{ id: string }>) => findBuilding(params.id),
    can: isOwner,
  },
  (_request, response, { resource }) => response.json(resource),
);

const app = express();
app.use(protect.wellKnown);
app.get('/buildings/:id', show);
app.listen(Number(PORT));
