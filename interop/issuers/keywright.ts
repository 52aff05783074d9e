/** Keywright itself, as `keywright serve` in a process of its own. */
import type { ChildProcess } from 'node:child_process';
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { findFreePorts } from '../ports.ts';
import { end } from '../process.ts';
import { prepareServer } from '../server-process.ts';
import { Visitor } from '../visitor.ts';
import {
  audience,
  type Credentials,
  type ForeignIssuer,
  otherAudience,
  postForm,
  scope,
  type UserTokens,
} from './foreign-issuer.ts';

const callback = 'https://app.example/callback';
const secretOf = () => randomBytes(32).toString('base64url');

const service: Credentials = { id: 'meter-reader', secret: secretOf() };
const app: Credentials = { id: 'heatlens', secret: secretOf() };
const person = { email: 'ada@example.com', name: 'Ada', password: secretOf() };

const configuration = {
  apis: [audience, otherAudience].map((identifier, at) => ({
    identifier,
    name: `API ${at}`,
    scopes: [{ name: at === 0 ? scope : 'other:read', description: 'Read' }],
  })),
  clients: [
    {
      client_id: service.id,
      client_secret: service.secret,
      kind: 'service',
      trust: 'first-party',
      client_name: 'Meter reader',
      scope: `${scope} other:read`,
    },
    {
      client_id: app.id,
      client_secret: app.secret,
      kind: 'web',
      trust: 'first-party',
      client_name: 'Heatlens',
      redirect_uris: [callback],
      scope: `openid offline_access ${scope}`,
    },
  ],
  accounts: [{ ...person, email_verified: true }],
};

export interface KeywrightIssuer extends ForeignIssuer {
  /** Ends the process; what it has issued lives on. */
  kill(): Promise<void>;
}

export async function startKeywright(): Promise<KeywrightIssuer> {
  const [port = 0] = await findFreePorts(1);
  const server = prepareServer(port, configuration);
  const child: ChildProcess = await server.start();
  const { issuer } = server;
  return {
    name: 'Keywright',
    issuer,
    serviceId: service.id,
    async serviceToken(resource = audience) {
      const wanted = resource === audience ? scope : 'other:read';
      const form = { grant_type: 'client_credentials', scope: wanted, resource };
      return (await postForm(`${issuer}/token`, service, form))['access_token'] ?? '';
    },
    userTokens: () => signIn(issuer),
    // Sealed in its database, with a key that is in neither.
    signingKey: () => undefined,
    kill: () => end(child, 'SIGKILL'),
    async stop() {
      await end(child, 'SIGTERM');
      server.remove();
    },
  };
}

async function signIn(issuer: string): Promise<UserTokens> {
  const verifier = secretOf();
  const request = {
    client_id: app.id,
    response_type: 'code',
    redirect_uri: callback,
    scope: `openid offline_access ${scope}`,
    resource: audience,
    state: randomUUID(),
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  };
  const address = new URL(`${issuer}/authorize?${new URLSearchParams(request)}`);
  const back = await new Visitor(issuer).authorize(address, person);
  const form = {
    grant_type: 'authorization_code',
    code: back.searchParams.get('code') ?? '',
    redirect_uri: callback,
    code_verifier: verifier,
  };
  const answer = await postForm(`${issuer}/token`, app, form);
  const [, body = ''] = (answer['id_token'] ?? '').split('.');
  const { sub } = JSON.parse(Buffer.from(body, 'base64url').toString('utf8')) as {
    readonly sub: string;
  };
  return {
    accessToken: answer['access_token'] ?? '',
    idToken: answer['id_token'] ?? '',
    refreshToken: answer['refresh_token'],
    subject: sub,
  };
}
