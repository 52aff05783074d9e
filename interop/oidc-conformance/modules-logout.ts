/** Modules about signing out: RP-Initiated, Back-Channel and Front-Channel Logout. */
import { randomBytes } from 'node:crypto';
import { jwtVerify } from 'jose';
import { expect } from 'vitest';
import type { Landing } from './automation.ts';
import { type SignedIn, signIn, withApplication } from './flow.ts';
import type { Module, Modules } from './module.ts';
import {
  type Application,
  callbackOf,
  checkError,
  errorsForWantOfPages,
  gives,
  makeRequest,
  type Run,
  visit,
} from './run.ts';

/** Beside the redirect URI, as the suite has it. */
const returnTo = (run: Run) => callbackOf(run).replace(/callback$/, 'post_logout_redirect');

type Words = Readonly<Record<string, string | undefined>>;

export const logouts: Modules = {
  'oidcc-rp-initiated-logout': ends('the person is signed out and sent back with the state', {}),
  'oidcc-rp-initiated-logout-no-state': ends('without state: sent back without one', {
    state: undefined,
  }),
  'oidcc-rp-initiated-logout-bad-post-logout-redirect-uri': stays(
    'a post_logout_redirect_uri that is not registered gives a page',
    (run) => ({ post_logout_redirect_uri: `${returnTo(run)}/unregistered` }),
  ),
  'oidcc-rp-initiated-logout-query-added-to-post-logout-redirect-uri': stays(
    'and so does a registered one with a query',
    (run) => ({ post_logout_redirect_uri: `${returnTo(run)}?foo=bar` }),
  ),
  'oidcc-rp-initiated-logout-modified-id-token-hint': stays(
    'an id_token_hint that was changed to alg none gives a page',
    (_run, { idToken }) => ({ id_token_hint: unsigned(idToken) }),
  ),
  'oidcc-rp-initiated-logout-bad-id-token-hint': stays(
    'an id_token_hint with a changed signature gives a page',
    (_run, { idToken }) => ({ id_token_hint: tampered(idToken) }),
  ),
  'oidcc-rp-initiated-logout-no-id-token-hint': stays(
    'a post_logout_redirect_uri without anything that says whose it is gives a page',
    () => ({ id_token_hint: undefined }),
  ),
  'oidcc-rp-initiated-logout-no-params': endsHere(
    'without any parameter: asked, signed out, told so',
    {
      id_token_hint: undefined,
      post_logout_redirect_uri: undefined,
      state: undefined,
    },
  ),
  'oidcc-rp-initiated-logout-only-state': endsHere('with state alone: the same', {
    id_token_hint: undefined,
    post_logout_redirect_uri: undefined,
  }),
  'oidcc-rp-initiated-logout-no-post-logout-redirect-uri': endsHere(
    'with an id_token_hint alone: signed out, told so',
    { post_logout_redirect_uri: undefined },
  ),
  'oidcc-backchannel-rp-initiated-logout': {
    demands:
      'a logout token comes to backchannel_logout_uri: signed, with sub or sid of the ID token, no nonce',
    play: playBackChannel,
  },
  'oidcc-frontchannel-rp-initiated-logout': {
    demands:
      'frontchannel_logout_uri is loaded with iss and the sid of the ID token, before the person is sent back',
    play: playFrontChannel,
  },
};

/** All the way: signed in, signed out, and then prompt=none finds nobody. */
function ends(demands: string, words: Words): Module {
  return {
    demands,
    play: (run) =>
      withLeaver(run, {}, (app, signedIn) => leaveAndReturn(run, app, signedIn, words)),
  };
}

function endsHere(demands: string, words: Words): Module {
  return {
    demands,
    play: (run) =>
      withLeaver(run, {}, async (app, signedIn) => {
        const landing = await run.browser.go(logoutAddress(run, signedIn, words));
        expect([landing.kind, run.browser.pictures.length]).toEqual(['page', 1]);
        await expectNobody(run, app);
      }),
  };
}

/** The server's page, with an error; and nobody is signed out by it. */
function stays(demands: string, words: (run: Run, signedIn: SignedIn) => Words): Module {
  return {
    demands,
    play: (run) =>
      withLeaver(run, {}, async (app, signedIn) => {
        const landing = await run.browser.go(logoutAddress(run, signedIn, words(run, signedIn)));
        if (landing.kind === 'left') throw new Error(`sent to ${landing.address.href}`);
        expect([landing.page.status, run.browser.pictures.length]).toEqual([400, 1]);
        await signIn(run, app, { prompt: 'none' });
      }),
  };
}

function withLeaver(
  run: Run,
  metadata: Readonly<Record<string, unknown>>,
  play: (app: Application, signedIn: SignedIn) => Promise<void>,
): Promise<void> {
  const all = { post_logout_redirect_uris: [returnTo(run)], ...metadata };
  return withApplication(run, { metadata: all }, async (app) => play(app, await signIn(run, app)));
}

function logoutAddress(run: Run, { idToken }: SignedIn, words: Words): string {
  const all: Words = {
    id_token_hint: idToken,
    post_logout_redirect_uri: returnTo(run),
    state: randomBytes(10).toString('base64url'),
    ...words,
  };
  const sent = Object.entries(all).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  return `${String(run.bench.metadata['end_session_endpoint'])}?${new URLSearchParams(sent)}`;
}

async function leaveAndReturn(
  run: Run,
  app: Application,
  signedIn: SignedIn,
  words: Words,
): Promise<void> {
  const address = logoutAddress(run, signedIn, words);
  expectReturned(run, address, await run.browser.go(address));
  await expectNobody(run, app);
}

/** CheckPostLogoutState, and nothing else in the address. */
function expectReturned(run: Run, asked: string, landing: Landing): void {
  if (landing.kind === 'page') throw new Error(`still at ${landing.page.url.href}`);
  const state = new URL(asked).searchParams.get('state');
  const { address } = landing;
  expect(address.origin + address.pathname).toBe(returnTo(run));
  expect([...address.searchParams]).toEqual(state === null ? [] : [['state', state]]);
}

async function expectNobody(run: Run, app: Application): Promise<void> {
  const request = makeRequest(run, app, { prompt: 'none', state: 'b1'.repeat(64) });
  checkError(run, request, await visit(run, request), errorsForWantOfPages);
}

function unsigned(token: string): string {
  const [, payload = ''] = token.split('.');
  return `${Buffer.from('{"alg":"none"}').toString('base64url')}.${payload}.`;
}

function tampered(token: string): string {
  const [header = '', payload = '', signature = ''] = token.split('.');
  return `${header}.${payload}.${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`;
}

async function playBackChannel(run: Run): Promise<void> {
  const { address, received } = run.bench.site.listen();
  const metadata = { backchannel_logout_uri: address, backchannel_logout_session_required: true };
  await withLeaver(run, metadata, async (app, signedIn) => {
    await leaveAndReturn(run, app, signedIn, {});
    const { method, type, body } = await received;
    expect([method, type]).toEqual([
      'POST',
      expect.stringMatching(/^application\/x-www-form-urlencoded\b/),
    ]);
    const form = new URLSearchParams(body);
    expect([...form.keys()]).toEqual(['logout_token']);
    await checkLogoutToken(run, app, signedIn, form.get('logout_token') ?? '');
  });
}

/** Back-Channel Logout §2.4. */
async function checkLogoutToken(
  run: Run,
  app: Application,
  { claims }: SignedIn,
  token: string,
): Promise<void> {
  const { payload, protectedHeader } = await jwtVerify(token, await run.bench.verifier(), {
    issuer: run.bench.issuer,
    audience: app.clientId,
    algorithms: ['RS256'],
    requiredClaims: ['iat', 'exp', 'jti', 'events'],
  });
  expect(protectedHeader.typ).toBe('logout+jwt');
  expect(payload['events']).toEqual({ 'http://schemas.openid.net/event/backchannel-logout': {} });
  expect(claims['sid']).toBeTypeOf('string');
  expect([payload.sub, payload['sid']]).toEqual([claims.sub, claims['sid']]);
  expect(payload).not.toHaveProperty('nonce');
}

async function playFrontChannel(run: Run): Promise<void> {
  const { address, received } = run.bench.site.listen();
  const metadata = { frontchannel_logout_uri: address, frontchannel_logout_session_required: true };
  await withLeaver(run, metadata, async (app, signedIn) => {
    await leaveAndReturn(run, app, signedIn, {});
    const { method, query } = await received;
    expect(method).toBe('GET');
    expect(Object.fromEntries(query)).toEqual({
      iss: run.bench.issuer,
      sid: signedIn.claims['sid'],
    });
    expect(gives(run, 'code') || gives(run, 'id_token')).toBe(true);
  });
}
