import { serve } from '@hono/node-server';
import { createGuard } from '@keywright/guard';
import { createHonoGuard } from '@keywright/guard/hono';
import { type Context, Hono } from 'hono';
import { findBuilding, isOwner } from './buildings.ts';

const { ISSUER = '', AUDIENCE = '', PORT = '3000' } = process.env;
const guard = createGuard({ issuer: ISSUER, audience: AUDIENCE });
const protect = createHonoGuard<Context>(guard);

const show = protect(
  { scope: 'buildings:read', resource: (c) => findBuilding(c.req.param('id')), can: isOwner },
  (c, { resource }) => c.json(resource),
);

const app = new Hono();
app.use(protect.wellKnown);
app.get('/buildings/:id', show);
serve({ fetch: app.fetch, port: Number(PORT) });
