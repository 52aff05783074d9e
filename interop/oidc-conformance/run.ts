/**
 * One module being run: its browser, its client, and the steps that the modules share. Named after
 * the conditions of the suite.
 */
import { generateKeyPairSync, type KeyObject, randomBytes, randomUUID } from 'node:crypto';
import { SignJWT } from 'jose';
import { expect } from 'vitest';
import { Automation, type Landing, type Method, type SuiteConfiguration } from './automation.ts';
import type { Bench, Metadata } from './bench.ts';

export interface Variant {
  readonly responseType: string;
  readonly responseMode: 'default' | 'form_post';
  readonly authentication: 'client_secret_basic' | 'client_secret_post' | 'private_key_jwt';
  readonly registration: 'static' | 'dynamic';
}

export interface Run {
  readonly bench: Bench;
  readonly configuration: SuiteConfiguration;
  readonly module: string;
  readonly variant: Variant;
  readonly browser: Automation;
}

export function startRun(
  bench: Bench,
  configuration: SuiteConfiguration,
  module: string,
  variant: Variant,
): Run {
  return {
    bench,
    configuration,
    module,
    variant,
    browser: new Automation(configuration, module, bench),
  };
}

export const gives = ({ variant }: Run, word: 'code' | 'token' | 'id_token') =>
  variant.responseType.split(' ').includes(word);
export const isCodeFlow = ({ variant }: Run) => variant.responseType === 'code';

/** Whom the suite is for the server. */
export interface Application {
  readonly clientId: string;
  readonly secret?: string | undefined;
  readonly redirectUri: string;
  readonly keys: ClientKeys;
  /** As it was answered. */
  readonly registered: Metadata;
}

/** Made anew by a rotation. */
export interface ClientKeys {
  kid: string | undefined;
  privateKey: KeyObject;
  publicJwk: Metadata;
}

export function createKeys(kid?: string): ClientKeys {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const publicJwk = {
    ...publicKey.export({ format: 'jwk' }),
    alg: 'RS256',
    use: 'sig',
    ...(kid && { kid }),
  };
  return { kid, privateKey, publicJwk };
}

/** Making a pair takes longer than many a module: one for all clients whose keys do not matter. */
const sharedKeys = createKeys();

const staticCallback = 'https://localhost:8443/test/a/keywright/callback';
/**
 * The suite's redirect URI. That of a static client nobody need listen at: there the browser's way
 * ends.
 */
export const callbackOf = ({ bench, variant }: Run) =>
  variant.registration === 'static'
    ? staticCallback
    : `${bench.site.origin}/test/a/keywright/callback`;

export interface Wish {
  /** Beyond what the suite says of every client. A member that is undefined is left out. */
  readonly metadata?: Metadata;
  readonly keys?: ClientKeys;
  readonly second?: boolean;
}

export async function makeApplication(run: Run, wish: Wish = {}): Promise<Application> {
  return run.variant.registration === 'dynamic'
    ? registerClient(run, wish)
    : staticClient(run, wish);
}

function staticClient(run: Run, { second = false }: Wish): Application {
  const { configuration, variant } = run;
  const { client, client2, client_secret_post: post } = configuration;
  const found = second ? client2 : variant.authentication === 'client_secret_post' ? post : client;
  if (found === undefined) throw new Error('the configuration has no such client');
  const { client_id: clientId, client_secret: secret } = found;
  return {
    clientId,
    secret,
    redirectUri: callbackOf(run),
    keys: sharedKeys,
    registered: found as never,
  };
}

/** What the suite registers with. Without a `kid`, as its keys have none. */
function registrationOf(run: Run, keys: ClientKeys, metadata: Metadata): Metadata {
  const grants = [
    ...(gives(run, 'code') ? ['authorization_code'] : []),
    ...(gives(run, 'id_token') || gives(run, 'token') ? ['implicit'] : []),
  ];
  return {
    client_name: `suite ${randomBytes(6).toString('hex')}`,
    grant_types: grants,
    response_types: [run.variant.responseType],
    redirect_uris: [callbackOf(run)],
    token_endpoint_auth_method: run.variant.authentication,
    jwks: { keys: [keys.publicJwk] },
    contacts: ['certification@oidf.org'],
    ...metadata,
  };
}

export async function callRegistration(run: Run, { metadata = {}, keys = sharedKeys }: Wish) {
  const body = JSON.stringify(registrationOf(run, keys, metadata));
  const address = String(run.bench.metadata['registration_endpoint']);
  const headers = { 'content-type': 'application/json' };
  const response = await run.bench.fetch(address, { method: 'POST', headers, body });
  expect(response.headers.get('content-type')).toMatch(/^application\/json\b/);
  return { status: response.status, answer: (await response.json()) as Metadata, keys };
}

async function registerClient(run: Run, wish: Wish): Promise<Application> {
  const { status, answer, keys } = await callRegistration(run, wish);
  expect([status, answer['error_description']]).toEqual([201, undefined]);
  expect(answer).not.toHaveProperty('error');
  // OpenID Connect Registration §3.2: both or neither, and an end for a secret.
  expect(typeof answer['registration_client_uri']).toBe(typeof answer['registration_access_token']);
  if ('client_secret' in answer) expect(answer['client_secret_expires_at']).toBeTypeOf('number');
  const redirectUris = answer['redirect_uris'] as readonly string[];
  return {
    clientId: String(answer['client_id']),
    secret: answer['client_secret'] as string | undefined,
    redirectUri: redirectUris[0] ?? '',
    keys,
    registered: answer,
  };
}

/** What the suite does at the end of a module. */
export async function unregister({ bench }: Run, { registered }: Application): Promise<void> {
  const { registration_client_uri: address, registration_access_token: token } = registered;
  // Only what registered itself has one.
  if (typeof address !== 'string') return;
  const headers = { authorization: `Bearer ${String(token)}`, accept: 'application/json' };
  const response = await bench.fetch(address, { method: 'DELETE', headers });
  expect(response.status).toBe(204);
}

export interface AuthorizationRequest {
  readonly parameters: Readonly<Record<string, string>>;
  readonly address: string;
}

type Changes = Readonly<Record<string, string | undefined>>;

/** A parameter that is undefined is left out. */
export function makeRequest(
  run: Run,
  app: Application,
  changes: Changes = {},
): AuthorizationRequest {
  const all: Changes = {
    client_id: app.clientId,
    redirect_uri: app.redirectUri,
    scope: 'openid',
    state: randomBytes(10).toString('base64url'),
    nonce: randomBytes(10).toString('base64url'),
    response_type: run.variant.responseType,
    ...(run.variant.responseMode === 'form_post' ? { response_mode: 'form_post' } : {}),
    ...changes,
  };
  const parameters = Object.fromEntries(
    Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
  return { parameters, address: addressOf(run, parameters) };
}

export function addressOf({ bench }: Run, parameters: Readonly<Record<string, string>>): string {
  return `${String(bench.metadata['authorization_endpoint'])}?${new URLSearchParams(parameters)}`;
}

/** What came to the redirect URI. */
export type Callback = URLSearchParams;

/**
 * Through all pages, back to the suite: by a form, in the query or in the fragment, and by that way
 * alone.
 */
export async function visit(
  run: Run,
  request: AuthorizationRequest,
  method?: Method,
): Promise<Callback> {
  return readCallback(run, request, await run.browser.go(request.address, method));
}

export function readCallback(
  run: Run,
  { parameters }: AuthorizationRequest,
  landing: Landing,
): Callback {
  if (landing.kind === 'page') throw new Error(`still at ${landing.page.url.href}`);
  const { address, posted } = landing;
  const registered = new URL(parameters['redirect_uri'] ?? '');
  expect(address.origin + address.pathname).toBe(registered.origin + registered.pathname);
  for (const [name, value] of registered.searchParams)
    expect(address.searchParams.get(name)).toBe(value);
  const isQuery =
    run.variant.responseMode === 'default' && (isCodeFlow(run) || !('response_type' in parameters));
  if (isQuery) {
    expect([posted, address.hash]).toEqual([undefined, '']);
    return withoutThoseOf(registered, address.searchParams);
  }
  // OpenID Connect Core §3.3.2.5, Multiple Response Types §5: nothing of the answer is in the
  // query.
  expect(address.search).toBe(registered.search);
  expect(posted !== undefined).toBe(run.variant.responseMode === 'form_post');
  return posted ?? new URLSearchParams(address.hash.slice(1));
}

function withoutThoseOf(registered: URL, found: URLSearchParams): URLSearchParams {
  return new URLSearchParams([...found].filter(([name]) => !registered.searchParams.has(name)));
}

/** EnsureErrorFromAuthorizationEndpointResponse and what goes with it. */
export function checkError(
  run: Run,
  { parameters }: AuthorizationRequest,
  told: Callback,
  errors: readonly string[],
) {
  expect(errors).toContain(told.get('error'));
  expect([told.get('state'), told.get('iss')]).toEqual([
    parameters['state'] ?? null,
    run.bench.issuer,
  ]);
  for (const name of ['code', 'access_token', 'id_token']) expect(told.has(name)).toBe(false);
  // RFC 6749 §4.1.2.1: which characters a description may have.
  expect(told.get('error_description')).toMatch(/^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/);
  // CheckForUnexpectedParametersInErrorResponseFromAuthorizationEndpoint
  expect(['error', 'error_description', 'error_uri', 'state', 'iss']).toEqual(
    expect.arrayContaining([...told.keys()]),
  );
}

/**
 * CheckErrorFromAuthorizationEndpointIsOneThatRequiredAUserInterface (OpenID Connect Core
 * §3.1.2.6).
 */
export const errorsForWantOfPages = [
  'interaction_required',
  'login_required',
  'account_selection_required',
  'consent_required',
] as const;

export async function signAssertion(
  { bench }: Run,
  app: Application,
  audience?: string,
): Promise<string> {
  const now = Math.floor(Date.now() / 1000);
  return new SignJWT({ jti: randomUUID() })
    .setProtectedHeader({ alg: 'RS256', ...(app.keys.kid && { kid: app.keys.kid }) })
    .setIssuer(app.clientId)
    .setSubject(app.clientId)
    .setAudience(audience ?? String(bench.metadata['token_endpoint']))
    .setIssuedAt(now)
    .setExpirationTime(now + 60)
    .sign(app.keys.privateKey);
}
