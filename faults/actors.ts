/**
 * Requests of users and applications, by HTTP, at any node: sign in, get codes, redeem, refresh,
 * revoke. The cookie of the session is valid at every node.
 */
import { createHash, randomBytes } from 'node:crypto';
import { digest } from '@keywright/jwt';
import { openStore } from '@keywright/store';
import { findForm, fillForm } from '../interop/html-form.ts';
import { ada, apiClient, ownClient, service } from './cast.ts';
import { type Answer, type Request, send } from './http.ts';
import type { Nodes } from './nodes.ts';

/** The target of a request: a node, or a proxy. */
export interface Place {
  readonly address: string;
}

export type Cookies = ReadonlyMap<string, string>;

export interface Code {
  readonly code: string;
  readonly verifier: string;
  readonly client: typeof ownClient;
}

export interface TokenAnswer {
  readonly status: number;
  readonly access_token?: string;
  readonly refresh_token?: string;
  readonly error?: string;
  /** Contains the reason. */
  readonly error_uri?: string;
}

export interface Client {
  readonly id: string;
  readonly secret: string;
}

function keepCookies(cookies: Cookies, { headers }: Answer): Cookies {
  const kept = new Map(cookies);
  for (const cookie of headers['set-cookie'] ?? []) {
    const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
    kept.set(name, value);
  }
  return kept;
}

/** Like a browser, but redirects are returned and not followed. */
export async function visit(place: Place, target: string, cookies: Cookies, request: Request = {}) {
  const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  const answer = await send(`${place.address}${target}`, {
    ...request,
    headers: { ...request.headers, accept: 'text/html', ...(cookie === '' ? {} : { cookie }) },
  });
  return { answer, cookies: keepCookies(cookies, answer) };
}

/** How a form is filled in. */
export interface Typed {
  /** The id of the button that sends the form. */
  readonly button: string;
  /** Values by the ids of controls. */
  readonly values?: Readonly<Record<string, string>>;
  /** Values by the names of fields, as a script of the page would set them. */
  readonly fields?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A form that is filled in, and can be sent to any node, any number of times. */
export type FilledForm = (place: Place) => ReturnType<typeof visit>;

/** The form of a page that was visited. */
export function fill(
  { answer, cookies }: Awaited<ReturnType<typeof visit>>,
  { button, values = {}, fields = {}, headers = {} }: Typed,
): FilledForm {
  const found = findForm(answer.body, button);
  const form = fillForm(found, button, { values });
  for (const [name, value] of Object.entries(fields)) form.set(name, value);
  return (place) => visit(place, found.action, cookies, { form, headers });
}

export async function openForm(
  place: Place,
  target: string,
  cookies: Cookies,
  typed: Typed,
): Promise<FilledForm> {
  const { headers = {} } = typed;
  return fill(await visit(place, target, cookies, { headers }), typed);
}

/**
 * By password on the sign-in page. This takes some tens of milliseconds of the node's processor.
 */
export async function signIn(
  place: Place,
  account: { readonly email: string; readonly password: string } = ada,
): Promise<Cookies> {
  const { email, password } = account;
  const values = { email, password };
  const send = await openForm(place, '/sign-in', new Map(), { button: 'signin', values });
  const done = await send(place);
  if (done.answer.status !== 303 && done.answer.status !== 302)
    throw new Error(
      `sign-in was answered with ${done.answer.status}: ${done.answer.body.slice(0, 500)}`,
    );
  return done.cookies;
}

export interface Person {
  readonly id: string;
  readonly email: string;
  readonly cookies: Cookies;
}

export async function addPeople(nodes: Nodes, count: number): Promise<readonly Cookies[]> {
  return (await addPersons(nodes, count)).map(({ cookies }) => cookies);
}

/**
 * Users with a session each, written directly to the store, because signing in one by one takes
 * long.
 */
export async function addPersons({ database }: Nodes, count: number): Promise<readonly Person[]> {
  const store = await openStore({ database });
  const now = Math.floor(Date.now() / 1000);
  try {
    return await Promise.all(
      Array.from({ length: count }, async () => {
        const mark = randomBytes(12).toString('base64url');
        const secret = randomBytes(32).toString('base64url');
        const email = `${mark.toLowerCase()}@example.com`;
        const id = `usr_${mark}`;
        await store.accounts.add({
          id,
          email,
          emailKey: email,
          emailVerified: false,
          name: 'Ada',
          passwordHash: '',
          status: 'active',
          createdAt: now,
        });
        await store.sessions.start({
          id: `ses_${mark}`,
          digest: digest(secret),
          accountId: id,
          authenticatedAt: now,
          lastSeenAt: now,
          expiresAt: now + 86_400,
        });
        return { id, email, cookies: new Map([['keywright-session', secret]]) };
      }),
    );
  } finally {
    await store.close();
  }
}

export function authorizationTarget(
  verifier: string,
  client = ownClient,
  more: Readonly<Record<string, string>> = {},
): string {
  const query = new URLSearchParams({
    response_type: 'code',
    client_id: client.id,
    redirect_uri: client.redirectUri,
    scope: client.scope,
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
    ...more,
  });
  return `/authorize?${query}`;
}

/**
 * For the first-party application, no consent is asked. For another one, the user must have agreed
 * before.
 */
export async function obtainCode(
  place: Place,
  cookies: Cookies,
  client = ownClient,
): Promise<Code> {
  const verifier = randomBytes(32).toString('base64url');
  const { answer } = await visit(place, authorizationTarget(verifier, client), cookies);
  const code = codeOf(answer);
  if (code === undefined)
    throw new Error(`no code: ${answer.status} ${answer.headers.location ?? answer.body}`);
  return { code, verifier, client };
}

/** The code of an answer that redirects to the client. */
export function codeOf({ headers }: Answer): string | undefined {
  const { location } = headers;
  if (location === undefined || !URL.canParse(location)) return undefined;
  return new URL(location).searchParams.get('code') ?? undefined;
}

export function redeem(
  place: Place,
  { code, verifier, client }: Code,
  request?: Request,
): Promise<TokenAnswer> {
  const form = {
    grant_type: 'authorization_code',
    code,
    code_verifier: verifier,
    redirect_uri: client.redirectUri,
  };
  return askForTokens(place, client, form, request);
}

export async function obtainTokens(
  place: Place,
  cookies: Cookies,
): Promise<Required<Pick<TokenAnswer, 'access_token' | 'refresh_token'>>> {
  const { access_token, refresh_token, ...rest } = await redeem(
    place,
    await obtainCode(place, cookies),
  );
  if (access_token === undefined || refresh_token === undefined)
    throw new Error(`no tokens: ${JSON.stringify(rest)}`);
  return { access_token, refresh_token };
}

export function refresh(
  place: Place,
  token: string,
  client: Client = ownClient,
  request?: Request,
): Promise<TokenAnswer> {
  return askForTokens(
    place,
    client,
    { grant_type: 'refresh_token', refresh_token: token },
    request,
  );
}

export function clientCredentials(place: Place, request?: Request): Promise<TokenAnswer> {
  return askForTokens(
    place,
    service,
    { grant_type: 'client_credentials', scope: service.scope },
    request,
  );
}

export async function askForTokens(
  place: Place,
  client: Client,
  form: Readonly<Record<string, string>>,
  request?: Request,
): Promise<TokenAnswer> {
  const answer = await post(place, '/token', client, form, request);
  return { status: answer.status, ...parseJson(answer.body) };
}

/** True for an active token, as its API learns it. */
export async function introspect(
  place: Place,
  token: string,
  client: Client = apiClient,
): Promise<boolean> {
  const answer = await post(place, '/introspect', client, { token });
  if (answer.status !== 200)
    throw new Error(`introspection was answered with ${answer.status}: ${answer.body}`);
  return parseJson(answer.body)['active'] === true;
}

/** Returns the status. 200 is an acknowledgement. */
export async function revoke(
  place: Place,
  token: string,
  client: Client = ownClient,
): Promise<number> {
  return (await post(place, '/revoke', client, { token })).status;
}

export function basic({ id, secret }: Client): string {
  return `Basic ${btoa(`${encodeURIComponent(id)}:${encodeURIComponent(secret)}`)}`;
}

export function post(
  place: Place,
  target: string,
  client: Client,
  form: Readonly<Record<string, string>>,
  request: Request = {},
): Promise<Answer> {
  const headers = { ...request.headers, authorization: basic(client) };
  return send(`${place.address}${target}`, { ...request, headers, form });
}

function parseJson(body: string): Readonly<Record<string, unknown>> {
  return body === '' ? {} : (JSON.parse(body) as Readonly<Record<string, unknown>>);
}
