/**
 * An authorization server on this machine, ours or an independent one, which issues tokens for the
 * guarded API.
 */
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { LocalSigningKey } from '@keywright/jwt';

/** The API for which all of them issue tokens, and another one. */
export const audience = 'https://api.example';
export const otherAudience = 'https://other.example';
export const scope = 'buildings:read';

export interface ForeignIssuer {
  readonly name: string;
  readonly issuer: string;
  readonly serviceId: string;
  /** An access token by client credentials. */
  serviceToken(resource?: string): Promise<string>;
  /** The tokens of a sign-in, by authorization code with PKCE. */
  userTokens(): Promise<UserTokens>;
  /** The present signing key. Undefined if it cannot be read from outside. */
  signingKey(): LocalSigningKey | undefined;
  stop(): Promise<void>;
}

export interface UserTokens {
  readonly accessToken: string;
  readonly idToken: string;
  readonly refreshToken: string | undefined;
  readonly subject: string;
}

export interface Listening {
  readonly port: number;
  readonly server: Server;
  stop(): Promise<void>;
}

/**
 * Listens before the server exists, because an issuer must know its own address when it is made.
 * Requests without a handler get 503.
 */
export async function listen(
  find: (request: IncomingMessage) => RequestListener | undefined,
): Promise<Listening> {
  const server = createServer((request, response) => {
    const answer = find(request);
    if (answer === undefined) response.writeHead(503).end();
    else answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    server,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

export interface Credentials {
  readonly id: string;
  readonly secret: string;
}

export const basic = ({ id, secret }: Credentials) => ({
  authorization: `Basic ${btoa(`${encodeURIComponent(id)}:${encodeURIComponent(secret)}`)}`,
});

/** The answer of a token endpoint. Throws when it is a refusal. */
export async function postForm(
  address: string,
  client: Credentials,
  form: Readonly<Record<string, string>>,
): Promise<Readonly<Record<string, string>>> {
  const response = await fetch(address, {
    method: 'POST',
    headers: basic(client),
    body: new URLSearchParams(form),
  });
  const answer = (await response.json()) as Record<string, string>;
  if (!response.ok) throw new Error(`${response.status}: ${JSON.stringify(answer)}`);
  return answer;
}
