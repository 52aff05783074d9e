/** The steps that the tests with oauth4webapi are made of. */
import * as oauth from 'oauth4webapi';
import { expect } from 'vitest';
import { appScope, type Cast, redirectUriOf, secretOf } from './cast.ts';
import type { DemoClient } from './demonstration.ts';
import type { Visitor } from './visitor.ts';

/** The demonstration runs on http://localhost; the library wants that said. */
export const insecure = { [oauth.allowInsecureRequests]: true };

export interface Party {
  readonly client: oauth.Client;
  readonly authentication: oauth.ClientAuth;
}

export function partyOf(client: DemoClient): Party {
  const authentication =
    client.client_secret === undefined ? oauth.None() : oauth.ClientSecretBasic(secretOf(client));
  return { client: { client_id: client.client_id }, authentication };
}

export interface ObtainedCode {
  readonly parameters: URLSearchParams;
  readonly verifier: string;
  readonly nonce: string;
  readonly redirectUri: string;
}

export function authorizationAddress(
  cast: Cast,
  server: oauth.AuthorizationServer,
  parameters: Readonly<Record<string, string>>,
): URL {
  const address = new URL(server.authorization_endpoint ?? '');
  const defaults = {
    response_type: 'code',
    client_id: cast.app.client_id,
    redirect_uri: redirectUriOf(cast.app),
    scope: 'openid buildings:read',
  };
  address.search = new URLSearchParams({ ...defaults, ...parameters }).toString();
  return address;
}

export async function obtainCode(
  cast: Cast,
  server: oauth.AuthorizationServer,
  visitor: Visitor,
): Promise<ObtainedCode> {
  const verifier = oauth.generateRandomCodeVerifier();
  const [state, nonce] = [oauth.generateRandomState(), oauth.generateRandomNonce()];
  const address = authorizationAddress(cast, server, {
    scope: appScope,
    resource: cast.demo.audience,
    state,
    nonce,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
  });
  const back = await visitor.authorize(address, cast.owner);
  const client = { client_id: cast.app.client_id };
  const parameters = oauth.validateAuthResponse(server, client, back, state);
  return { parameters, verifier, nonce, redirectUri: redirectUriOf(cast.app) };
}

/**
 * Only `validateAuthResponse` makes parameters that the library accepts, so a made-up code goes in
 * by hand.
 */
export function redeem(
  server: oauth.AuthorizationServer,
  { client, authentication }: Party,
  { parameters, verifier, redirectUri }: ObtainedCode,
  changes: Readonly<Record<string, string>> = {},
): Promise<Response> {
  return oauth.genericTokenEndpointRequest(
    server,
    client,
    authentication,
    'authorization_code',
    {
      code: parameters.get('code') ?? '',
      redirect_uri: redirectUri,
      code_verifier: verifier,
      ...changes,
    },
    insecure,
  );
}

export function refresh(
  server: oauth.AuthorizationServer,
  { client, authentication }: Party,
  token: string,
): Promise<Response> {
  return oauth.refreshTokenGrantRequest(server, client, authentication, token, insecure);
}

export async function obtainTokens(
  cast: Cast,
  server: oauth.AuthorizationServer,
  party: Party,
  visitor: Visitor,
): Promise<oauth.TokenEndpointResponse> {
  const code = await obtainCode(cast, server, visitor);
  const response = await redeem(server, party, code);
  return oauth.processAuthorizationCodeResponse(server, party.client, response, {
    expectedNonce: code.nonce,
    requireIdToken: true,
  });
}

export async function readError(response: Response): Promise<{ status: number; error: unknown }> {
  expect(response.headers.get('content-type')).toMatch(/^application\/json/);
  const { error } = (await response.json()) as { error?: unknown };
  return { status: response.status, error };
}
