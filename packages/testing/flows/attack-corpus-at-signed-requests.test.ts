/**
 * The attack corpus for objects that a client or a trusted issuer signs: client assertions, request
 * objects, backchannel requests, software statements, and assertions as grants. Each attack is made
 * from a valid object, with the real key unless the attack is about the key.
 */
import { createPublicKey, randomUUID } from 'node:crypto';
import { cibaGrant, jwtBearerGrant } from '@keywright/wire';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  attacksOnAudience,
  attacksOnTokens,
  createForge,
  type Forge,
  type HostileToken,
} from '../../jwt/src/testing-parts/corpus/index.ts';
import type { Answer, TestPlatform } from '../src/index.ts';
import { assertionForm, createClientKey, signAssertion } from './assertions.ts';
import { heatlensKey, makeClientKey, requestWords } from './authorize-setting.ts';
import { ada, clients, createSunrise, headerOf } from './sunrise.ts';

const rsa = makeClientKey('RS256');
const jwks = { keys: [heatlensKey.jwk, rsa.jwk] };
const other = createClientKey('other');
const partner = 'https://hr.partner.example';
const service = { kind: 'service', trust: 'first-party', scope: 'buildings:read' } as const;

let platform: TestPlatform;
beforeAll(async () => {
  platform = await createSunrise({
    features: { jwtAssertions: true, backchannelAuthentication: true, registration: 'open' },
    registration: {
      statementIssuers: [{ issuer: partner, jwks }],
      limit: { perSecond: 1000, burst: 1000 },
    },
    assertionIssuers: [{ issuer: partner, jwks, subjects: 'account_email' }],
    clients: [
      ...clients.map((client) => (client.client_id === 'heatlens' ? { ...client, jwks } : client)),
      {
        ...service,
        client_id: 'signer',
        client_name: 'Signs',
        token_endpoint_auth_method: 'private_key_jwt',
        jwks,
      },
      {
        ...service,
        client_id: 'bringer',
        client_name: 'Brings assertions',
        grant_types: [jwtBearerGrant],
        assertion_issuers: [partner],
        token_endpoint_auth_method: 'private_key_jwt',
        jwks: { keys: [other.jwk] },
      },
      {
        kind: 'web',
        trust: 'third-party',
        client_id: 'desk',
        client_name: 'Desk',
        scope: 'openid',
        grant_types: [cibaGrant],
        jwks,
        backchannel_authentication_request_signing_alg: 'ES256',
      },
    ],
  });
});
afterAll(() => platform.close());
// Earlier requests have expired, so that the limits of requests are not reached.
beforeEach(() => platform.clock.advance(1000));

/** One type of signed request. */
interface Kind {
  readonly name: string;
  readonly typ: string;
  /** In lower case. '' if the type may be left out. */
  readonly types: readonly string[];
  readonly claims: (now: number) => Readonly<Record<string, unknown>>;
  readonly bring: (token: string) => Promise<Answer>;
  readonly good: number;
  readonly errors: readonly string[];
  /** Attacks that are harmless here, each with the reason. */
  readonly harmless: readonly string[];
  /** Controls that are refused here, because the server limits the lifetime of this type. */
  readonly refused: readonly string[];
}

const scope = 'openid';
const soon = (now: number) => ({ iat: now, nbf: now, exp: now + 60, jti: randomUUID() });
const endless = 'exp 2^53 - 1, as a control: how long a token lives is for its issuer to say';
const tomorrow = 'iat far ahead, as a control: iat says when, not from when (RFC 7519 §4.1.6)';
const withoutEnd = ['exp missing', 'Exp in its place', 'exp in the header alone'];
const asHeatlens = (words: Record<string, string>) => platform.post('/par', words, 'heatlens');

const kinds: readonly Kind[] = [
  {
    name: 'a client assertion (RFC 7523 §2.2)',
    typ: 'JWT',
    types: ['', 'jwt', 'client-authentication+jwt'],
    claims: (now) => ({ ...soon(now), iss: 'signer', sub: 'signer', aud: platform.issuer, scope }),
    bring: (token) =>
      platform.post('/token', { grant_type: 'client_credentials', ...assertionForm(token) }),
    good: 200,
    errors: ['invalid_client'],
    // Its clock may be a minute ahead (FAPI 2.0 Security Profile §5.3.2.1).
    harmless: ['nbf just ahead'],
    refused: [endless, tomorrow],
  },
  {
    name: 'a request object (RFC 9101)',
    typ: 'oauth-authz-req+jwt',
    types: ['', 'jwt', 'oauth-authz-req+jwt'],
    claims: (now) => ({
      ...soon(now),
      iss: 'heatlens',
      sub: 'heatlens',
      aud: platform.issuer,
      ...requestWords(),
    }),
    bring: (request) => asHeatlens({ request }),
    good: 201,
    // `resource` is a parameter of the request, and is checked as such.
    errors: ['invalid_request_object', 'invalid_target'],
    // Ten seconds in both directions. An object without an end is like plain parameters. For iss
    // and aud, RFC 9101 §4 says SHOULD.
    harmless: [
      'nbf just ahead',
      'exp just past',
      ...withoutEnd,
      'iss that is missing',
      'aud that is missing',
    ],
    refused: [tomorrow],
  },
  {
    name: 'a question from afar (CIBA §7.1.1)',
    typ: 'oauth-authz-req+jwt',
    types: ['', 'jwt', 'oauth-authz-req+jwt'],
    claims: (now) => ({
      ...soon(now),
      iss: 'desk',
      sub: 'desk',
      aud: platform.issuer,
      scope,
      login_hint: ada,
    }),
    bring: (request) => platform.post('/bc-authorize', { request }, 'desk'),
    good: 200,
    errors: ['invalid_request'],
    harmless: ['nbf just ahead', 'exp just past'],
    // It is signed with the only algorithm that was registered for it.
    refused: [endless, tomorrow, 'RS256, as a control', 'RSA by hand, as a control'],
  },
  {
    name: 'a software statement (RFC 7591 §2.3)',
    typ: 'JWT',
    types: ['', 'jwt'],
    claims: (now) => ({
      ...soon(now),
      iss: partner,
      sub: 'app-1',
      scope,
      client_name: 'Certified',
    }),
    bring: (statement) =>
      platform
        .browser()
        .post('/register', registrationWith(statement), { 'content-type': 'application/json' }),
    good: 201,
    errors: ['invalid_software_statement', 'unapproved_software_statement', 'invalid_request'],
    // Many statements are valid until their issuer withdraws its key, so no end is required (§2.3).
    harmless: withoutEnd,
    refused: [],
  },
  {
    name: 'an assertion as a grant (RFC 7523 §2.1)',
    typ: 'JWT',
    types: ['', 'jwt'],
    claims: (now) => ({ ...soon(now), iss: partner, sub: ada, aud: platform.issuer, scope }),
    bring: (assertion) => {
      const parts = { clientId: 'bringer', now: platform.clock.nowSeconds() };
      const words = {
        grant_type: jwtBearerGrant,
        assertion,
        ...assertionForm(signAssertion(other, parts)),
      };
      return platform.post('/token', words);
    },
    good: 200,
    errors: ['invalid_grant', 'invalid_request'],
    // Ten seconds in both directions.
    harmless: ['nbf just ahead', 'exp just past'],
    refused: [endless, tomorrow],
  },
];

function registrationWith(software_statement: string): string {
  const redirect_uris = ['https://thermo.example/callback'];
  return JSON.stringify({ client_name: 'Thermo', redirect_uris, software_statement });
}

/** Each has a new id, because a second use of an id is refused. */
function forgeFor({ typ, claims }: Kind): Forge {
  const nowSeconds = platform.clock.nowSeconds();
  return createForge({
    header: { alg: 'ES256', kid: heatlensKey.kid, typ },
    claims: claims(nowSeconds),
    privateKey: heatlensKey.privateKey,
    rsa: { ...rsa, publicKey: createPublicKey(rsa.privateKey) },
    nowSeconds,
  });
}

/** Without an address, its scheme cannot be changed. */
const ofAddresses = ['with a user before the host', 'with the scheme in capitals', 'over http'].map(
  (what) => `iss ${what}`,
);

function about({ claims }: Kind): readonly HostileToken[] {
  const { iss, aud } = claims(0);
  const ofAudience = aud === undefined ? [] : attacksOnAudience;
  const isAddress = String(iss).startsWith('https:');
  return [...attacksOnTokens, ...ofAudience].filter(
    ({ name }) => isAddress || !ofAddresses.includes(name),
  );
}

/** A token of a wrong type in the corpus may have the right type here, and the reverse. */
function isOfKind(token: string, { types }: Kind): boolean {
  try {
    const { typ } = headerOf(token);
    if (typ === undefined) return types.includes('');
    return (
      typeof typ === 'string' &&
      types.includes(typ.toLowerCase().replace(/^application\//, '')) &&
      typ !== ''
    );
  } catch {
    return false;
  }
}

function isTaken({ name, reason }: HostileToken, token: string, kind: Kind): boolean {
  if (kind.harmless.includes(name)) return true;
  if (kind.refused.includes(name)) return false;
  return (reason === undefined || reason === 'token_type_wrong') && isOfKind(token, kind);
}

/** A form with a NUL is not valid, whatever it contains. */
const isRefusedAsForm = (token: string, answer: Answer) =>
  token.includes('\0') && answer.status === 400 && answer.json['error'] === 'invalid_request';

it('the unchanged tokens from which the attacks are made are accepted', async () => {
  for (const kind of kinds)
    expect([kind.name, (await kind.bring(forgeFor(kind).withHeader({}))).status]).toEqual([
      kind.name,
      kind.good,
    ]);
});

describe.each(kinds.map((kind) => [kind.name, kind] as const))(
  'each attack of the corpus as %s',
  (_kind, kind) => {
    it('is answered as the corpus says', async () => {
      const wrong: unknown[] = [];
      for (const attack of about(kind)) {
        platform.clock.advance(1000);
        const token = attack.make(forgeFor(kind));
        const answer = await kind.bring(token);
        if (isRefusedAsForm(token, answer)) continue;
        const { error } = answer.status < 300 ? { error: undefined } : answer.json;
        const isRight = isTaken(attack, token, kind)
          ? answer.status === kind.good
          : [400, 401].includes(answer.status) && kind.errors.includes(String(error));
        if (!isRight) wrong.push([attack.name, attack.why, answer.status, error]);
        if (token.length > 12 && kind.good !== answer.status)
          expect(answer.body).not.toContain(token);
      }
      expect(wrong).toEqual([]);
    }, 120_000);
  },
);
