/**
 * One small route of an API on node:http, three times: bare; behind the guard, with a scope and a
 * decision; and with nothing but crypto.verify of the token's signature, which is less than any API
 * may do.
 */
import { createPublicKey, verify } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createGuard } from '@keywright/guard';
import type { Cast } from '../cast.ts';
import { protectedIssuer, publicJwk } from './access-token.ts';
import { announce, readSettings } from './settings.ts';

export interface ProtectedSettings {
  readonly cast: Cast;
  readonly mode: 'bare' | 'guarded' | 'verifying';
}

type Handler = (request: IncomingMessage, response: ServerResponse) => unknown;

const body = JSON.stringify({
  buildings: [{ id: 'b1', name: 'Harbour House', owner: 'usr_0123456789abcdefABCDEF' }],
});
const headers = { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) };

function answer(_: IncomingMessage, response: ServerResponse): void {
  response.writeHead(200, headers).end(body);
}

/** The keys are given: fetching them is once in minutes, and no part of a request. */
function createGuarded({ api, keys }: Cast): Handler {
  const guard = createGuard({
    issuer: protectedIssuer,
    audience: api.identifier,
    keys: { jwks: { keys: [publicJwk(keys.ES256), publicJwk(keys.RS256)] } },
  });
  return guard.node({ scope: api.scope, can: ({ subject }) => subject.startsWith('usr_') }, answer);
}

function createVerifying({ keys }: Cast): Handler {
  const key = createPublicKey({ key: publicJwk(keys.ES256), format: 'jwk' });
  const options = { key, dsaEncoding: 'ieee-p1363' } as const;
  return (request, response) => {
    const token = request.headers.authorization?.slice('Bearer '.length) ?? '';
    const dot = token.lastIndexOf('.');
    const signature = Buffer.from(token.slice(dot + 1), 'base64url');
    if (verify('sha256', Buffer.from(token.slice(0, dot), 'latin1'), options, signature))
      answer(request, response);
    else response.writeHead(401).end();
  };
}

const { cast, mode } = await readSettings<ProtectedSettings>();
const makers = { bare: () => answer, guarded: createGuarded, verifying: createVerifying };
const server = createServer(makers[mode](cast));
server.listen(0, '127.0.0.1', () => announce(server));
