/**
 * The same small route of an API on Express and on Fastify, three times each: bare; behind the
 * guard; and behind what the framework's users take for it: express-oauth2-jwt-bearer, and
 * @fastify/jwt with fast-jwt and its cache. All look at signature, issuer, audience, times and the
 * scope; keys are given to all of them, so that none has to fetch any.
 */
import { createPublicKey } from 'node:crypto';
import type { Server } from 'node:http';
import fastifyJwt from '@fastify/jwt';
import { createGuard } from '@keywright/guard';
import { createExpressGuard } from '@keywright/guard/express';
import { createFastifyGuard } from '@keywright/guard/fastify';
import express from 'express';
import { auth, requiredScopes } from 'express-oauth2-jwt-bearer';
import fastify, { type FastifyInstance } from 'fastify';
import type { Cast } from '../cast.ts';
import { protectedIssuer, publicJwk } from './access-token.ts';
import { announce, readSettings } from './settings.ts';

export interface FrameworkSettings {
  readonly cast: Cast;
  readonly mode:
    | 'express-bare'
    | 'express-guarded'
    | 'express-peer'
    | 'fastify-bare'
    | 'fastify-guarded'
    | 'fastify-peer';
}

const buildings = {
  buildings: [{ id: 'b1', name: 'Harbour House', owner: 'usr_0123456789abcdefABCDEF' }],
};

const guardOf = ({ api, keys }: Cast) =>
  createGuard({
    issuer: protectedIssuer,
    audience: api.identifier,
    keys: { jwks: { keys: [publicJwk(keys.ES256), publicJwk(keys.RS256)] } },
  });

function createExpressApp(cast: Cast, mode: FrameworkSettings['mode']): Promise<Server> {
  const app = express();
  const { api, keys } = cast;
  if (mode === 'express-bare')
    app.get('/buildings', (_, response) => void response.json(buildings));
  if (mode === 'express-guarded') {
    const protect = createExpressGuard(guardOf(cast));
    app.get(
      '/buildings',
      protect({ scope: api.scope }, (_, response) => response.json(buildings)),
    );
  }
  if (mode === 'express-peer') {
    const publicKey = { keys: [publicJwk(keys.ES256), publicJwk(keys.RS256)] };
    const check = auth({
      issuer: protectedIssuer,
      audience: api.identifier,
      publicKey,
      tokenSigningAlg: 'ES256',
    });
    app.get(
      '/buildings',
      check,
      requiredScopes(api.scope),
      (_, response) => void response.json(buildings),
    );
  }
  return new Promise((resolve) => {
    const server = app.listen(0, '127.0.0.1', () => resolve(server));
  });
}

async function createFastifyApp(cast: Cast, mode: FrameworkSettings['mode']): Promise<Server> {
  const app = fastify();
  if (mode === 'fastify-bare') app.get('/buildings', async () => buildings);
  if (mode === 'fastify-guarded') {
    const protect = createFastifyGuard(guardOf(cast));
    app.get(
      '/buildings',
      protect({ scope: cast.api.scope }, async () => buildings),
    );
  }
  if (mode === 'fastify-peer') await addFastifyPeer(app, cast);
  await app.listen({ port: 0, host: '127.0.0.1' });
  return app.server;
}

async function addFastifyPeer(app: FastifyInstance, { api, keys }: Cast): Promise<void> {
  const publicKey = createPublicKey({ key: publicJwk(keys.ES256), format: 'jwk' });
  await app.register(fastifyJwt, {
    secret: { public: publicKey.export({ format: 'pem', type: 'spki' }) },
    verify: {
      algorithms: ['ES256'],
      allowedIss: protectedIssuer,
      allowedAud: api.identifier,
      cache: 10_000,
    },
  });
  app.get('/buildings', async (request, reply) => {
    const { scope } = await request.jwtVerify<{ scope: string }>();
    if (!scope.split(' ').includes(api.scope)) return reply.code(403).send();
    return buildings;
  });
}

const { cast, mode } = await readSettings<FrameworkSettings>();
announce(
  await (mode.startsWith('express') ? createExpressApp(cast, mode) : createFastifyApp(cast, mode)),
);
