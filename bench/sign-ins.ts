/**
 * People who have signed in and agreed, with the tokens they gave: where the measured scenarios
 * begin.
 */
import type { App, Cast, Person } from './cast.ts';
import { basic } from './cast.ts';
import { makeProof } from './requests.ts';
import type { Side } from './sides/side.ts';
import { Visitor } from './visitor.ts';
import type { Proof } from './work.ts';

export interface Asked {
  readonly app: App;
  readonly scope: string;
  readonly resource?: string;
}

export interface SignedIn {
  readonly cookie: string;
  readonly accessToken: string;
  readonly refreshToken: string;
}

/** Sign-ins cost a password hash each, and the server bounds how many run at once. */
const atOnce = 2;

export function authorizeTarget(person: Person, asked: Asked, proof: Proof): string {
  return `/authorize?${authorizationRequest(person, asked, proof)}`;
}

export function authorizationRequest(person: Person, asked: Asked, proof: Proof): URLSearchParams {
  return new URLSearchParams({
    response_type: 'code',
    client_id: asked.app.id,
    redirect_uri: asked.app.redirectUri,
    scope: asked.scope,
    state: 'c3RhdGUtb2YtdGhlLWFwcA',
    code_challenge: proof.codeChallenge,
    code_challenge_method: 'S256',
    login_hint: person.email,
    // Only an ID token has a place for it (OpenID Connect Core §3.1.2.1).
    ...(asked.scope.includes('openid') ? { nonce: 'bm9uY2Utb2YtdGhlLWFwcA' } : {}),
    ...(asked.resource === undefined ? {} : { resource: asked.resource }),
  });
}

/** Everything of the token request but the code. */
export function exchangeForm(app: App, proof: Proof): string {
  return `grant_type=authorization_code&redirect_uri=${encodeURIComponent(app.redirectUri)}&code_verifier=${proof.codeVerifier}`;
}

async function exchange(
  side: Side,
  app: App,
  proof: Proof,
  code: string,
): Promise<Record<string, string>> {
  const response = await fetch(`${side.issuer}/token`, {
    method: 'POST',
    headers: { authorization: basic(app), 'content-type': 'application/x-www-form-urlencoded' },
    body: `${exchangeForm(app, proof)}&code=${encodeURIComponent(code)}`,
  });
  if (response.status !== 200)
    throw new Error(`${side.name}: ${response.status} ${await response.text()}`);
  return (await response.json()) as Record<string, string>;
}

async function signIn(side: Side, person: Person, asked: Asked): Promise<SignedIn> {
  const proof = makeProof();
  const visitor = new Visitor(side.issuer, person);
  const address = await visitor.follow(authorizeTarget(person, asked, proof));
  const code = address.searchParams.get('code');
  if (code === null) throw new Error(`${side.name}: no code in ${address.href}`);
  const tokens = await exchange(side, asked.app, proof, code);
  return {
    cookie: visitor.cookie,
    accessToken: tokens['access_token'] ?? '',
    refreshToken: tokens['refresh_token'] ?? '',
  };
}

/** Everybody, in the cast's order. */
export async function signInAll(
  side: Side,
  cast: Cast,
  asked: Asked,
): Promise<readonly SignedIn[]> {
  const signedIn: SignedIn[] = [];
  for (let at = 0; at < cast.people.length; at += atOnce) {
    const group = cast.people.slice(at, at + atOnce);
    signedIn.push(...(await Promise.all(group.map((person) => signIn(side, person, asked)))));
  }
  return signedIn;
}
