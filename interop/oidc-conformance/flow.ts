/**
 * The flow that nearly every module goes through: from the request to userinfo, with all that the
 * suite checks on the way.
 */
import type { JWTPayload } from 'jose';
import { expect } from 'vitest';
import type { Metadata } from './bench.ts';
import {
  type Application,
  type AuthorizationRequest,
  type Callback,
  gives,
  makeApplication,
  makeRequest,
  type Run,
  unregister,
  visit,
  type Wish,
} from './run.ts';
import { callTokenEndpoint, callUserinfo, checkIdToken, checkTokens } from './tokens.ts';

export interface SignedIn {
  readonly request: AuthorizationRequest;
  readonly code: string;
  /** Of the token endpoint, where there was a code. */
  readonly tokens: Metadata;
  /** The first that there was: of the answer, else of the token endpoint. */
  readonly idToken: string;
  readonly claims: JWTPayload;
  /** The last one; empty for `id_token` alone. */
  readonly accessToken: string;
}

/** A module with a client of its own, which the suite unregisters in the end. */
export async function withApplication(
  run: Run,
  wish: Wish,
  play: (app: Application) => Promise<void>,
): Promise<void> {
  const app = await makeApplication(run, wish);
  await play(app);
  await unregister(run, app);
}

/** One client, one request, the whole way. */
export async function signInOnce(
  run: Run,
  changes: Readonly<Record<string, string | undefined>> = {},
  then: (signedIn: SignedIn, app: Application) => Promise<void> | void = () => {},
  wish: Wish = {},
): Promise<void> {
  await withApplication(run, wish, async (app) => then(await signIn(run, app, changes), app));
}

export async function signIn(
  run: Run,
  app: Application,
  changes: Readonly<Record<string, string | undefined>> = {},
): Promise<SignedIn> {
  const request = makeRequest(run, app, changes);
  return complete(run, app, request, await visit(run, request));
}

export interface Redeeming {
  readonly words?: Readonly<Record<string, string>>;
  /** Of the client's assertion. */
  readonly audience?: string;
}

export async function complete(
  run: Run,
  app: Application,
  request: AuthorizationRequest,
  told: Callback,
  redeeming: Redeeming = {},
): Promise<SignedIn> {
  checkAnswer(run, request, told);
  const { nonce } = request.parameters;
  const [code, fronted] = [told.get('code') ?? '', told.get('access_token') ?? undefined];
  const first = gives(run, 'id_token')
    ? await checkIdToken(run, app, told.get('id_token'), {
        nonce,
        code: code === '' ? undefined : code,
        accessToken: fronted,
      })
    : undefined;
  if (fronted !== undefined) expect((await callUserinfo(run, fronted)).status).toBe(200);
  if (code === '') {
    const [idToken, accessToken] = [told.get('id_token') ?? '', fronted ?? ''];
    return { request, code, tokens: {}, idToken, claims: first ?? {}, accessToken };
  }
  const tokens = await redeem(run, app, request, code, redeeming);
  const accessToken = String(tokens['access_token']);
  const last = await checkIdToken(run, app, tokens['id_token'], { nonce, accessToken });
  // OpenID Connect Core §3.3.3.6: both of one person, from one server.
  if (first !== undefined) expect([first.iss, first.sub]).toEqual([last.iss, last.sub]);
  expect((await callUserinfo(run, accessToken)).status).toBe(200);
  const idToken = told.get('id_token') ?? String(tokens['id_token']);
  return { request, code, tokens, idToken, claims: first ?? last, accessToken };
}

function checkAnswer(run: Run, { parameters }: AuthorizationRequest, told: Callback): void {
  expect([told.get('error'), told.get('error_description')]).toEqual([null, null]);
  expect([told.get('state'), told.get('iss')]).toEqual([parameters['state'], run.bench.issuer]);
  expect(told.has('code')).toBe(gives(run, 'code'));
  expect(told.has('id_token')).toBe(gives(run, 'id_token'));
  expect(told.has('access_token')).toBe(gives(run, 'token'));
  if (gives(run, 'token')) expect(told.get('token_type')?.toLowerCase()).toBe('bearer');
}

async function redeem(
  run: Run,
  app: Application,
  { parameters }: AuthorizationRequest,
  code: string,
  { words = {}, audience }: Redeeming,
): Promise<Metadata> {
  const asked = {
    grant_type: 'authorization_code',
    code,
    redirect_uri: parameters['redirect_uri'] ?? '',
    ...words,
  };
  return checkTokens(await callTokenEndpoint(run, app, asked, audience));
}
