/** Pages of users, and the sign-in with a passkey. Passkeys and second factors are on. */
import { findAttribute, fillForm, findForm } from '../interop/html-form.ts';
import { createPasskey } from '../packages/testing/flows/authenticator.ts';
import type { Cast } from './cast.ts';
import { get, makeProof, publicHead } from './requests.ts';
import { allScopes, atLeast, type Scenario } from './scenarios.ts';
import type { Side } from './sides/side.ts';
import { authorizeTarget, signInAll } from './sign-ins.ts';
import type { PasskeyBrowser, Work } from './work.ts';

/** The floor serves the bytes of a sign-in page, with its headers. */
const floorPage = (side: Side): Work => ({
  kind: 'repeat',
  requests: [get(side.port, '/sign-in')],
});

async function visit(side: Side, target: string, cookie = '', body?: URLSearchParams) {
  const response = await fetch(new URL(target, side.issuer), {
    redirect: 'manual',
    headers: { cookie, accept: 'text/html' },
    ...(body === undefined ? {} : { method: 'POST', body }),
  });
  const [set = ''] = response.headers.getSetCookie();
  const { pathname, search } = new URL(response.headers.get('location') ?? '', side.issuer);
  return { cookie: set.split(';')[0] ?? '', next: pathname + search, html: await response.text() };
}

/** For each person, the page to which a request of the application leads. */
async function pages(
  side: Side,
  cast: Cast,
  cookies: readonly string[],
  answerHas: string,
): Promise<Work> {
  const asked = { app: cast.app, scope: allScopes(cast) };
  const requests = cast.people.map(async (person, index) => {
    const target = `${authorizeTarget(person, asked, makeProof())}&prompt=consent`;
    const cookie = cookies[index] ?? '';
    const { next } = await visit(side, target, cookie);
    const first = await visit(side, next, cookie);
    return get(side.port, next, { Cookie: cookie === '' ? first.cookie : cookie });
  });
  return { kind: 'repeat', requests: await Promise.all(requests), answerHas };
}

const signInPage: Scenario['work'] = (side, cast) =>
  side.name === 'floor' ? floorPage(side) : pages(side, cast, [], 'id="signin"');

const consentPage: Scenario['work'] = async (side, cast) => {
  if (side.name === 'floor') return floorPage(side);
  const signedIn = await signInAll(side, cast, { app: cast.app, scope: allScopes(cast) });
  return pages(
    side,
    cast,
    signedIn.map(({ cookie }) => cookie),
    'id="allow"',
  );
};

/** Adds a passkey on the security page of somebody who has just signed in. */
async function makeBrowser(side: Side, cookie: string): Promise<PasskeyBrowser> {
  const { html } = await visit(side, '/account/security', cookie);
  const origin = `http://localhost:${side.port}`;
  const passkey = createPasskey(origin, JSON.parse(findAttribute(html, 'data-passkey') ?? '{}'));
  const form = findForm(html, 'add-passkey');
  const body = fillForm(form, 'add-passkey');
  body.set('passkey', passkey.registration);
  const added = await visit(side, form.action, cookie, body);
  const { html: shown } = await visit(side, added.next, cookie);
  if (!shown.includes('id="passkey-added"')) throw new Error(`${side.name}: no passkey was added`);
  const { cookie: browser } = await visit(side, '/sign-in');
  return {
    page: get(side.port, '/sign-in', { Cookie: browser }),
    head: `${publicHead(side.port, '/sign-in/passkey')}Cookie: ${browser}\r\n`,
    passkey: passkey.kept,
  };
}

const browsers = new WeakMap<Side, readonly PasskeyBrowser[]>();

/** The passkeys of a side are made once. A challenge is made and spent for each sign-in. */
const passkeySignIn: Scenario['work'] = async (side, cast) => {
  let own = browsers.get(side);
  if (own === undefined) {
    const signedIn = await signInAll(side, cast, { app: cast.app, scope: allScopes(cast) });
    own = await Promise.all(signedIn.map(({ cookie }) => makeBrowser(side, cookie)));
    browsers.set(side, own);
  }
  return { kind: 'passkey-sign-in', browsers: own };
};

const atLeastPerSecond = (least: number) =>
  ({ kind: 'per-second', of: 'keywright', least }) as const;

export const accountScenarios: readonly Scenario[] = [
  {
    name: 'passkey-sign-in',
    title: 'Sign-in with a passkey (page and verification)',
    accounts: true,
    sides: ['keywright', 'keywright-memory'],
    targets: [atLeastPerSecond(1500), atLeast(0.6, 'keywright-memory')],
    work: passkeySignIn,
  },
  {
    name: 'sign-in-page',
    title: 'Sign-in page of a request',
    accounts: true,
    sides: ['keywright', 'floor'],
    targets: [atLeastPerSecond(6000)],
    work: signInPage,
  },
  {
    name: 'consent-page',
    title: 'Consent page',
    accounts: true,
    sides: ['keywright', 'floor'],
    targets: [atLeastPerSecond(6000)],
    work: consentPage,
  },
];
