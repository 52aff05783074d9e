/**
 * What the extensions cost: each beside the peer that does the very same, and beside the floor
 * where there is one.
 */
import { type Cast, makeKey, peopleCount } from './cast.ts';
import { get, makeProof, post, postHead, publicHead } from './requests.ts';
import { allScopes, atLeast, type Scenario, userTokens } from './scenarios.ts';
import { publicJwk } from './sides/access-token.ts';
import type { Side } from './sides/side.ts';
import {
  type Asked,
  authorizationRequest,
  exchangeForm,
  type SignedIn,
  signInAll,
} from './sign-ins.ts';
import type { Work } from './work.ts';

/** More than one core can verify and sign. */
const signedPerSecond = 16_000;
/** Longer than any run, and no longer than either side takes. */
const assertionSeconds = 300;

function serviceForm({ api }: Cast): string {
  return `grant_type=client_credentials&scope=${encodeURIComponent(api.scope)}&resource=${encodeURIComponent(api.identifier)}`;
}

/** RFC 9449 §4.2: the public key alone, and none of the names that a key set gives it. */
function dpopSigner() {
  const privateJwk = makeKey();
  const { kty, crv, x, y } = publicJwk(privateJwk);
  return { privateJwk, header: { typ: 'dpop+jwt', alg: 'ES256', jwk: { kty, crv, x, y } } };
}

/** A service on as many machines as there are connections, each with a key of its own. */
function dpop(side: Side, cast: Cast): Work {
  return {
    kind: 'signed-posts',
    head: postHead(side.port, '/token', cast.service),
    form: serviceForm(cast),
    as: 'dpop',
    signers: Array.from({ length: peopleCount }, dpopSigner),
    claims: { htm: 'POST', htu: `${side.issuer}/token` },
    perSecond: signedPerSecond,
    answerHas: '"token_type":"DPoP"',
  };
}

function privateKeyJwt(side: Side, cast: Cast): Work {
  const { id, key } = cast.extensions.signer;
  return {
    kind: 'signed-posts',
    head: publicHead(side.port, '/token'),
    form: serviceForm(cast),
    as: 'client-assertion',
    signers: [{ privateJwk: key, header: { typ: 'JWT', alg: 'ES256', kid: key['kid'] } }],
    claims: { iss: id, sub: id, aud: side.issuer },
    lifetimeSeconds: assertionSeconds,
    perSecond: signedPerSecond,
    answerHas: '"access_token":"eyJ',
  };
}

/**
 * Signed in, and agreed where that is asked; nobody is asked again for what an application of the
 * house wants.
 */
async function signedInToOwn(
  side: Side,
  cast: Cast,
): Promise<readonly [Asked, readonly SignedIn[]]> {
  const asked = { app: cast.extensions.own, scope: allScopes(cast), resource: cast.api.identifier };
  return [asked, await signInAll(side, cast, asked)];
}

async function pushedCodeFlow(side: Side, cast: Cast): Promise<Work> {
  const [asked, signedIn] = await signedInToOwn(side, cast);
  const { app } = asked;
  const flows = signedIn.map(({ cookie }, index) => {
    const proof = makeProof();
    const pushed = authorizationRequest(cast.people[index]!, asked, proof).toString();
    const target = `/authorize?client_id=${app.id}&request_uri=`;
    // Both sides' references are ASCII: the request is cut where it goes.
    const visit = get(side.port, `${target}REFERENCE`, { Cookie: cookie, Accept: 'text/html' });
    const [before = '', after = ''] = visit.split('REFERENCE');
    return {
      push: post(postHead(side.port, '/par', app), pushed),
      authorize: [before, after] as const,
      exchange: { head: postHead(side.port, '/token', app), form: exchangeForm(app, proof) },
    };
  });
  return { kind: 'pushed-code-flow', flows };
}

const deviceGrant = 'urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Adevice_code';

async function deviceFlow(side: Side, cast: Cast): Promise<Work> {
  const [asked, signedIn] = await signedInToOwn(side, cast);
  const { app, scope } = asked;
  const form = new URLSearchParams({
    client_id: app.id,
    scope,
    resource: cast.api.identifier,
  }).toString();
  const flows = signedIn.map(({ cookie }) => ({
    ask: post(postHead(side.port, '/device_authorization', app), form),
    browser: `Host: 127.0.0.1:${side.port}\r\nCookie: ${cookie}\r\nAccept: text/html\r\n`,
    redeem: {
      head: postHead(side.port, '/token', app),
      form: `grant_type=${deviceGrant}&device_code=`,
    },
  }));
  const doneHas = side.name === 'peer' ? 'Sign-in Success</h1>' : 'Your device is connected</h1>';
  return { kind: 'device-flow', flows, doneHas };
}

const exchangeGrant = 'urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Atoken-exchange';
const accessTokenType = 'urn%3Aietf%3Aparams%3Aoauth%3Atoken-type%3Aaccess_token';

/**
 * As for introspection: the peer knows opaque tokens again, ours are JWTs whose authorization is
 * looked up.
 */
async function tokenExchange(side: Side, cast: Cast): Promise<Work> {
  const { api, extensions } = cast;
  const head = postHead(side.port, '/token', extensions.exchanger);
  const wanted = `audience=${encodeURIComponent(api.identifier)}&scope=${encodeURIComponent(api.scope)}`;
  const requests = (await userTokens(side, cast)).map((token) =>
    post(
      head,
      `grant_type=${exchangeGrant}&subject_token=${token}&subject_token_type=${accessTokenType}&${wanted}`,
    ),
  );
  return { kind: 'repeat', requests, answerHas: '"issued_token_type"' };
}

const common = { extensions: true, targets: [atLeast(3, 'peer')] } as const;

export const extensionScenarios: readonly Scenario[] = [
  {
    ...common,
    name: 'dpop',
    title: 'Client credentials with DPoP',
    // What a proof costs that is used up for good, and not only in memory.
    sides: ['keywright', 'keywright-memory', 'floor', 'peer'],
    work: dpop,
  },
  {
    ...common,
    name: 'private-key-jwt',
    title: 'Client credentials with private_key_jwt',
    sides: ['keywright', 'floor', 'peer'],
    work: privateKeyJwt,
  },
  {
    ...common,
    name: 'pushed-code-flow',
    title: 'Code flow with a pushed request',
    sides: ['keywright', 'peer'],
    work: pushedCodeFlow,
  },
  {
    ...common,
    name: 'token-exchange',
    title: 'Token exchange',
    sides: ['keywright', 'peer'],
    work: tokenExchange,
  },
  {
    ...common,
    name: 'device',
    title: 'Device flow, both halves',
    sides: ['keywright', 'keywright-memory', 'peer'],
    work: deviceFlow,
  },
];
