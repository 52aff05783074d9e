/** The running server of these tests, and their steps. */
import * as oauth from 'oauth4webapi';
import * as openid from 'openid-client';
import { insecure } from '../oauth4webapi-calls.ts';
import { findFreePorts } from '../ports.ts';
import { end } from '../process.ts';
import { prepareServer } from '../server-process.ts';
import { Visitor } from '../visitor.ts';
import { ada, callback, configure, createKeys, type Keys } from './configuration.ts';

export interface Setting {
  readonly issuer: string;
  readonly keys: Keys;
  readonly secrets: ReadonlyMap<string, string>;
  /** Ada, in one browser for all of them. */
  readonly visitor: Visitor;
  stop(): Promise<void>;
}

export async function openSetting(): Promise<Setting> {
  const [port = 0] = await findFreePorts(1);
  const keys = await createKeys();
  const secrets = new Map<string, string>();
  const folder = prepareServer(port, configure(keys, secrets));
  const server = await folder.start().catch((error: unknown) => {
    folder.remove();
    throw error;
  });
  const stop = async () => {
    await end(server, 'SIGTERM');
    folder.remove();
  };
  return { issuer: folder.issuer, keys, secrets, visitor: new Visitor(folder.issuer), stop };
}

/**
 * The library as this client. It also checks the signatures of everything that is signed for it.
 */
export function discover(
  { issuer, secrets }: Setting,
  clientId: string,
  metadata: Partial<openid.ClientMetadata> = {},
  authentication?: openid.ClientAuth,
): Promise<openid.Configuration> {
  const secret = secrets.get(clientId);
  return openid.discovery(
    new URL(issuer),
    clientId,
    { ...metadata, ...(secret === undefined ? {} : { client_secret: secret }) },
    authentication ?? (secret === undefined ? openid.None() : openid.ClientSecretBasic(secret)),
    { execute: [openid.allowInsecureRequests, openid.enableNonRepudiationChecks] },
  );
}

/** The metadata as oauth4webapi reads them, by RFC 8414. */
export async function discoverByHand({
  issuer,
}: Pick<Setting, 'issuer'>): Promise<oauth.AuthorizationServer> {
  const address = new URL(issuer);
  const response = await oauth.discoveryRequest(address, { ...insecure, algorithm: 'oauth2' });
  return oauth.processDiscoveryResponse(address, response);
}

/** Sends what the library would have sent, for tests that record it. */
export const send: openid.CustomFetch = (address, { body, ...init }) =>
  fetch(address, { ...init, body: body ?? null } as RequestInit);

/** One attempt to sign in: the request, and the values that the answer must fit. */
export async function attempt(extra: Readonly<Record<string, string>> = {}) {
  const checks = {
    pkceCodeVerifier: openid.randomPKCECodeVerifier(),
    expectedState: openid.randomState(),
    expectedNonce: openid.randomNonce(),
  };
  const parameters = {
    redirect_uri: callback,
    scope: 'openid email offline_access rooms:read',
    state: checks.expectedState,
    nonce: checks.expectedNonce,
    code_challenge: await openid.calculatePKCECodeChallenge(checks.pkceCodeVerifier),
    code_challenge_method: 'S256',
    ...extra,
  };
  return { checks, parameters };
}

/** The whole way from the link to the tokens. */
export async function connect(
  { visitor }: Setting,
  app: openid.Configuration,
  extra: Readonly<Record<string, string>> = {},
) {
  const { checks, parameters } = await attempt(extra);
  const back = await visitor.authorize(openid.buildAuthorizationUrl(app, parameters), ada);
  return { back, tokens: await openid.authorizationCodeGrant(app, back, checks) };
}
