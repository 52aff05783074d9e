/**
 * Everything OAuth, done by openid-client: discovery, the authorization request, the exchange and
 * the refresh.
 */
import * as client from 'openid-client';
import type { Settings } from './settings.ts';

/** What we ask for. The person may untick what the platform lets them untick. */
export const scope = 'openid profile email offline_access buildings:read measurements:read';

export interface TokenSet {
  readonly accessToken: string;
  /** Absent when the server gave none: then access simply ends with the access token. */
  readonly refreshToken: string | undefined;
  readonly scope: string;
  readonly expiresAt: number;
}

/** What must be remembered between sending somebody away and their coming back. */
export interface PendingConnection {
  readonly state: string;
  readonly nonce: string;
  readonly codeVerifier: string;
}

export interface Connection {
  readonly subject: string;
  readonly name: string;
  readonly tokens: TokenSet;
}

export interface Authorization {
  /** Where to send the person, and what to keep until they return. */
  begin(askAgain: boolean): Promise<{ readonly address: URL; readonly pending: PendingConnection }>;
  /** Checks state, nonce and iss, redeems the code and reads the person's name. */
  complete(query: URLSearchParams, pending: PendingConnection): Promise<Connection>;
  refresh(tokens: TokenSet): Promise<TokenSet>;
  configuration(): Promise<client.Configuration>;
}

export function createAuthorization(settings: Settings): Authorization {
  const configuration = rememberSuccess(() => discover(settings));
  return {
    configuration,
    begin: async (askAgain) => begin(await configuration(), settings, askAgain),
    complete: async (query, pending) => complete(await configuration(), settings, query, pending),
    refresh: async (tokens) => refresh(await configuration(), settings, tokens),
  };
}

/** Plain http is for a server on this very machine, in development; anything else must be https. */
async function discover(settings: Settings): Promise<client.Configuration> {
  const local = ['localhost', '127.0.0.1'].includes(settings.issuer.hostname);
  return client.discovery(
    settings.issuer,
    settings.clientId,
    settings.clientSecret,
    client.ClientSecretBasic(settings.clientSecret),
    { timeout: 10, execute: local ? [client.allowInsecureRequests] : [] },
  );
}

async function begin(configuration: client.Configuration, settings: Settings, askAgain: boolean) {
  const codeVerifier = client.randomPKCECodeVerifier();
  const pending = { state: client.randomState(), nonce: client.randomNonce(), codeVerifier };
  const address = client.buildAuthorizationUrl(configuration, {
    redirect_uri: settings.redirectUri.href,
    scope,
    resource: settings.resource,
    state: pending.state,
    nonce: pending.nonce,
    code_challenge: await client.calculatePKCECodeChallenge(codeVerifier),
    code_challenge_method: 'S256',
    ...(askAgain ? { prompt: 'consent' } : {}),
  });
  return { address, pending };
}

async function complete(
  configuration: client.Configuration,
  settings: Settings,
  query: URLSearchParams,
  pending: PendingConnection,
): Promise<Connection> {
  const address = new URL(settings.redirectUri);
  address.search = query.toString();
  const answer = await client.authorizationCodeGrant(
    configuration,
    address,
    {
      pkceCodeVerifier: pending.codeVerifier,
      expectedState: pending.state,
      expectedNonce: pending.nonce,
      idTokenExpected: true,
    },
    { resource: settings.resource },
  );
  const subject = answer.claims()?.sub ?? '';
  const name = await readName(configuration, answer.access_token, subject);
  return { subject, name, tokens: readTokens(answer) };
}

/**
 * From userinfo, which must speak of the same subject as the ID token. A name is decoration:
 * without one we go on.
 */
async function readName(
  configuration: client.Configuration,
  accessToken: string,
  subject: string,
): Promise<string> {
  const person = await client
    .fetchUserInfo(configuration, accessToken, subject)
    .catch(() => undefined);
  return person?.name ?? person?.email ?? 'somebody without a name';
}

async function refresh(
  configuration: client.Configuration,
  settings: Settings,
  tokens: TokenSet,
): Promise<TokenSet> {
  if (tokens.refreshToken === undefined) throw new AccessLapsed();
  const answer = await client.refreshTokenGrant(configuration, tokens.refreshToken, {
    resource: settings.resource,
  });
  return readTokens(answer, tokens);
}

/**
 * The server may leave out what has not changed: the scope, and the refresh token where it does not
 * rotate it.
 */
function readTokens(
  answer: client.TokenEndpointResponse & client.TokenEndpointResponseHelpers,
  former?: TokenSet,
): TokenSet {
  return {
    accessToken: answer.access_token,
    refreshToken: answer.refresh_token ?? former?.refreshToken,
    scope: answer.scope ?? former?.scope ?? scope,
    expiresAt: Date.now() + (answer.expiresIn() ?? 60) * 1000,
  };
}

/** The access token is over and there is no refresh token to get another one with. */
export class AccessLapsed extends Error {}

/**
 * True when the platform says that our access has ended, so that only asking the person again can
 * help.
 */
export function meansAccessEnded(error: unknown): boolean {
  if (error instanceof AccessLapsed) return true;
  return error instanceof client.ResponseBodyError && error.error === 'invalid_grant';
}

/**
 * Keeps the first success; a failure is tried again at the next call, so that start order does not
 * matter.
 */
function rememberSuccess<T>(act: () => Promise<T>): () => Promise<T> {
  let held: Promise<T> | undefined;
  return () => {
    held ??= act().catch((error: unknown) => {
      held = undefined;
      throw error;
    });
    return held;
  };
}
