import { createGuard } from '@keywright/guard';
import { createKoaGuard } from '@keywright/guard/koa';
import { Router, type RouterContext } from '@koa/router';
import Koa from 'koa';
import { findBuilding, isOwner } from './buildings.ts';

const { ISSUER = '', AUDIENCE = '', PORT = '3000' } = process.env;
const guard = createGuard({ issuer: ISSUER, audience: AUDIENCE });
const protect = createKoaGuard<RouterContext>(guard);

const show = protect(
  { scope: 'buildings:read', resource: ({ params }) => findBuilding(params['id']), can: isOwner },
  (context, { resource }) => {
    context.body = resource;
  },
);

const router = new Router();
router.get('/buildings/:id', show);
const app = new Koa();
app.use(protect.wellKnown);
app.use(router.routes());
app.listen(Number(PORT));
