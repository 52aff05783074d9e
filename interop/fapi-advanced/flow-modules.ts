/**
 * FAPI 1.0 Advanced, Final: the modules of `fapi1-advanced-final-test-plan`, without their prefix,
 * in every variant of `plain_fapi`.
 */
import { createHash, randomUUID } from 'node:crypto';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { expect } from 'vitest';
import { ada, type Bench, callback, type Words } from '../fapi/bench.ts';
import { makeKey, nowSeconds } from '../fapi/keys.ts';
import { expectRefused } from '../fapi/modules.ts';
import {
  askResource,
  authentication,
  interaction,
  partyOf,
  readAnswer,
  redeemCode,
  refusalOf,
  type RequestChanges,
  sendRequest,
  type Variant,
} from './bench.ts';

export interface AdvancedModule {
  readonly name: string;
  readonly isFor?: (variant: Variant) => boolean;
  readonly play: (bench: Bench, variant: Variant) => Promise<void>;
}

const halfOf = (text: string) =>
  createHash('sha256').update(text).digest().subarray(0, 16).toString('base64url');

/**
 * Signs Ada in; answers what the application is told, at the place that is demanded
 * (`ExtractJARMFromURLQuery`, `RejectAuthCodeInUrlQuery`).
 */
async function authorize(
  bench: Bench,
  variant: Variant,
  changes: RequestChanges = {},
  number: 1 | 2 = 1,
) {
  const party = partyOf(bench, variant.client_auth_type, number);
  const sent = await sendRequest(bench, party, variant, changes);
  expect(sent.refused?.json).toBeUndefined();
  const visitor = bench.visitor();
  const { place, told } = await readAnswer(
    bench,
    await visitor.authorize(sent.link, ada),
    party.client.id,
  );
  expect(place).toBe(variant.fapi_response_mode === 'jarm' ? 'jarm' : 'fragment');
  return { party, sent, told, visitor, code: told.get('code') ?? '', verifier: sent.verifier };
}

async function flow(
  bench: Bench,
  variant: Variant,
  words: Words = {},
  number: 1 | 2 = 1,
): Promise<void> {
  const attempt = await authorize(bench, variant, { words }, number);
  const { party, sent, told, code } = attempt;
  const isHybrid = variant.fapi_response_mode === 'plain_response';
  // ValidateSuccessfulHybridResponseFromAuthorizationEndpoint,
  // ValidateSuccessfulJARMResponseFromAuthorizationEndpoint.
  const state = sent.words['state'];
  const expected = [
    'code',
    'iss',
    ...(isHybrid ? ['id_token'] : []),
    ...(state === undefined ? [] : ['state']),
  ];
  expect([...told.keys()].toSorted()).toEqual(expected.toSorted());
  if (isHybrid) {
    const idToken = told.get('id_token') ?? '';
    expect(['PS256', 'ES256']).toContain(decodeProtectedHeader(idToken).alg);
    expect(decodeProtectedHeader(idToken).kid).toBeTypeOf('string');
    // ValidateSHash, ValidateCHash.
    expect(decodeJwt(idToken)).toMatchObject({
      iss: bench.issuer,
      aud: party.client.id,
      nonce: sent.words['nonce'],
      c_hash: halfOf(code),
      ...(state === undefined ? {} : { s_hash: halfOf(state) }),
    });
    if (state === undefined) expect(decodeJwt(idToken)).not.toHaveProperty('s_hash');
  }
  const { status, json } = await redeemCode(bench, party, variant.client_auth_type, attempt);
  expect([status, json]).toEqual([200, expect.objectContaining({ token_type: 'Bearer' })]);
  const claims = decodeJwt(String(json['id_token']));
  expect(claims).toMatchObject({
    iss: bench.issuer,
    aud: party.client.id,
    nonce: sent.words['nonce'],
  });
  // VerifyIdTokenSubConsistentHybridFlow.
  if (isHybrid) expect(claims.sub).toBe(decodeJwt(told.get('id_token') ?? '').sub);
  const answer = await askResource(bench, String(json['access_token']), party.shown);
  expect([answer.status, answer.json['sub']]).toEqual([200, claims.sub]);
  // CheckForDateHeaderInResourceResponse, EnsureMatchingFAPIInteractionId.
  expect(answer.headers.get('date')).toBeTypeOf('string');
  expect(answer.headers.get('x-fapi-interaction-id')).toBe(interaction);
}

async function expectRefusal(
  bench: Bench,
  variant: Variant,
  changes: RequestChanges,
  errors: readonly string[],
): Promise<void> {
  const party = partyOf(bench, variant.client_auth_type, 1);
  await refusalOf(bench, party, await sendRequest(bench, party, variant, changes), errors);
}

/** EnsurePARInvalidRequestObjectError; by value a page. */
const badObject = ['invalid_request_object'];
/** EnsurePARInvalidRequestOrInvalidRequestObjectError. */
const badRequest = ['invalid_request', 'invalid_request_object'];
const isPushed = ({ fapi_auth_request_method: method }: Variant) => method === 'pushed';
const isByKey = ({ client_auth_type: by }: Variant) => by === 'private_key_jwt';

const refused: readonly (readonly [
  name: string,
  changes: (bench: Bench) => RequestChanges,
  errors: readonly string[],
])[] = [
  [
    'ensure-request-object-without-exp-fails',
    () => ({ object: { claims: { exp: undefined } } }),
    badObject,
  ],
  [
    'ensure-request-object-without-nbf-fails',
    () => ({ object: { claims: { nbf: undefined } } }),
    badObject,
  ],
  [
    'ensure-request-object-without-scope-fails',
    () => ({ words: { scope: undefined }, beside: { scope: 'openid' } }),
    badRequest,
  ],
  [
    'ensure-request-object-without-nonce-fails',
    () => ({ words: { nonce: undefined }, beside: { nonce: 'outside' } }),
    badRequest,
  ],
  [
    'ensure-request-object-without-redirect-uri-fails',
    () => ({ words: { redirect_uri: undefined }, beside: { redirect_uri: callback } }),
    badRequest,
  ],
  [
    'ensure-redirect-uri-in-authorization-request',
    () => ({ words: { redirect_uri: undefined } }),
    badRequest,
  ],
  [
    'ensure-registered-redirect-uri',
    () => ({ words: { redirect_uri: `${callback}/${randomUUID()}` } }),
    badRequest,
  ],
  [
    'ensure-expired-request-object-fails',
    () => ({ object: { claims: { nbf: nowSeconds() - 600, exp: nowSeconds() - 300 } } }),
    badObject,
  ],
  [
    'ensure-request-object-with-bad-aud-fails',
    () => ({ object: { claims: { aud: 'https://www.other1.example.com/' } } }),
    badObject,
  ],
  [
    'ensure-request-object-with-exp-over-60-fails',
    () => ({ object: { claims: { exp: nowSeconds() + 70 * 60 } } }),
    badObject,
  ],
  [
    'ensure-request-object-with-nbf-over-60-fails',
    () => ({ object: { claims: { nbf: nowSeconds() - 70 * 60 } } }),
    badObject,
  ],
  [
    'ensure-signed-request-object-with-RS256-fails',
    ({ rsa }) => ({ object: { header: { alg: 'RS256' }, key: rsa } }),
    badObject,
  ],
  [
    'ensure-request-object-signature-algorithm-is-not-none',
    () => ({ object: { text: withoutSignature } }),
    badObject,
  ],
  [
    'ensure-matching-key-in-authorization-request',
    () => ({ object: { key: makeKey('ES256') } }),
    badObject,
  ],
  // EnsureUnsupportedResponseTypeOrInvalidRequestError.
  [
    'ensure-response-type-code-fails',
    () => ({ words: { response_type: 'code', response_mode: undefined } }),
    ['unsupported_response_type', 'invalid_request'],
  ],
  // EnsureInvalidRequestError.
  [
    'ensure-response-mode-query',
    () => ({ words: { response_mode: 'query' } }),
    ['invalid_request'],
  ],
];

function withoutSignature(jwt: string): string {
  const [, body = ''] = jwt.split('.');
  return `${Buffer.from('{"alg":"none"}').toString('base64url')}.${body}.`;
}

export const advancedModules: readonly AdvancedModule[] = [
  { name: 'happy flow (fapi1-advanced-final)', play: (bench, variant) => flow(bench, variant) },
  {
    name: 'happy flow, with the second client',
    play: (bench, variant) => flow(bench, variant, {}, 2),
  },
  {
    name: 'ensure-authorization-request-without-state-success',
    play: (bench, variant) => flow(bench, variant, { state: undefined }),
  },
  {
    name: 'ensure-other-scope-order-succeeds',
    play: (bench, variant) => flow(bench, variant, { scope: 'accounts offline_access openid' }),
  },
  {
    name: 'ensure-request-object-with-long-nonce',
    play: (bench, variant) => flow(bench, variant, { nonce: 'n'.repeat(384) }),
  },
  {
    name: 'ensure-request-object-with-long-state',
    play: (bench, variant) => flow(bench, variant, { state: 's'.repeat(1000) }),
  },
  {
    name: 'user-rejects-authentication',
    play: async (bench, variant) => {
      const party = partyOf(bench, variant.client_auth_type, 1);
      const sent = await sendRequest(bench, party, variant, { words: { prompt: 'consent' } });
      const back = await bench.visitor().authorize(sent.link, ada, { answer: 'deny' });
      const { place, told } = await readAnswer(bench, back, party.client.id);
      expect([place, told.get('error'), told.get('state')]).toEqual([
        variant.fapi_response_mode === 'jarm' ? 'jarm' : 'fragment',
        'access_denied',
        sent.words['state'],
      ]);
    },
  },
  {
    name: 'ensure-server-accepts-request-object-with-multiple-aud',
    play: async (bench, variant) => {
      const aud = [bench.issuer, 'https://www.other1.example.com/'];
      expect((await authorize(bench, variant, { object: { claims: { aud } } })).code).not.toBe('');
    },
  },
  {
    name: 'happy flow with a typed request object (SignRequestObjectIncludeMediaType)',
    play: async (bench, variant) => {
      const object = { header: { typ: 'oauth-authz-req+jwt' } };
      expect((await authorize(bench, variant, { object })).code).not.toBe('');
    },
  },
  {
    name: 'ensure-different-nonce-inside-and-outside-request-object',
    play: async (bench, variant) => {
      const attempt = await authorize(bench, variant, { beside: { nonce: 'outside' } });
      const { json } = await redeemCode(bench, attempt.party, variant.client_auth_type, attempt);
      expect(decodeJwt(String(json['id_token']))['nonce']).toBe(attempt.sent.words['nonce']);
    },
  },
  {
    name: 'state-only-outside-request-object-not-used',
    play: async (bench, variant) => {
      const { told } = await authorize(bench, variant, {
        words: { state: undefined },
        beside: { state: 'outside' },
      });
      expect(told.has('state')).toBe(false);
    },
  },
  ...refused.map(
    ([name, changes, errors]): AdvancedModule => ({
      name,
      play: (bench, variant) => expectRefusal(bench, variant, changes(bench), errors),
    }),
  ),
  {
    name: 'ensure-authorization-request-without-request-object-fails',
    play: async (bench, variant) => {
      const party = partyOf(bench, variant.client_auth_type, 1);
      const { words } = bench.request(party.client, { response_type: 'code id_token' });
      const address = new URL(
        `${bench.issuer}/authorize?${new URLSearchParams(words as Record<string, string>)}`,
      );
      await refusalOf(bench, party, { words, verifier: undefined, link: address }, [
        'invalid_request',
      ]);
    },
  },
  {
    name: 'ensure-mtls-holder-of-key-required',
    play: async (bench, variant) => {
      const attempt = await authorize(bench, variant);
      const { party } = attempt;
      const bare = await redeemCode(bench, party, variant.client_auth_type, attempt, { shown: {} });
      // CheckErrorFromTokenEndpointResponseErrorInvalidClientOrInvalidRequest,
      // CheckTokenEndpointReturnedInvalidClientGrantOrRequestError.
      expectRefused(bare, [
        'invalid_client',
        'invalid_request',
        ...(isByKey(variant) ? ['invalid_grant'] : []),
      ]);
      const { json } = await redeemCode(bench, party, variant.client_auth_type, attempt);
      expect((await askResource(bench, String(json['access_token']), {})).status).toBe(401);
      const other = partyOf(bench, variant.client_auth_type, 2);
      expect((await askResource(bench, String(json['access_token']), other.shown)).status).toBe(
        401,
      );
    },
  },
  {
    name: 'ensure-authorization-code-is-bound-to-client',
    play: async (bench, variant) => {
      const attempt = await authorize(bench, variant);
      const other = partyOf(bench, variant.client_auth_type, 2);
      expectRefused(await redeemCode(bench, other, variant.client_auth_type, attempt), [
        'invalid_grant',
      ]);
    },
  },
  {
    name: 'ensure-client-id-in-token-endpoint',
    play: async (bench, variant) => {
      const attempt = await authorize(bench, variant);
      const words = { client_id: partyOf(bench, variant.client_auth_type, 2).client.id };
      const answer = await redeemCode(bench, attempt.party, variant.client_auth_type, attempt, {
        words,
      });
      expectRefused(answer, ['invalid_client', 'invalid_grant', 'invalid_request']);
    },
  },
  {
    name: 'attempt-reuse-authorization-code-after-one-second',
    play: async (bench, variant) => {
      const attempt = await authorize(bench, variant);
      const { party } = attempt;
      const { json } = await redeemCode(bench, party, variant.client_auth_type, attempt);
      expectRefused(
        await redeemCode(bench, party, variant.client_auth_type, attempt),
        ['invalid_grant'],
        [400],
      );
      expect((await askResource(bench, String(json['access_token']), party.shown)).status).toBe(
        401,
      );
    },
  },
  {
    name: 'refresh-token',
    play: async (bench, variant) => {
      const { client_auth_type: by } = variant;
      const attempt = await authorize(bench, variant);
      const first = await redeemCode(bench, attempt.party, by, attempt);
      const refresh = async (number: 1 | 2) => {
        const party = partyOf(bench, by, number);
        const form = {
          grant_type: 'refresh_token',
          refresh_token: String(first.json['refresh_token']),
        };
        return bench.post(
          '/token',
          { ...form, ...(await authentication(bench, party, by)) },
          {},
          party.shown,
        );
      };
      expectRefused(await refresh(2), ['invalid_grant']);
      const { status, headers, json } = await refresh(1);
      expect([status, json['token_type'], headers.get('cache-control')]).toEqual([
        200,
        'Bearer',
        'no-store',
      ]);
      expect(
        (await askResource(bench, String(json['access_token']), attempt.party.shown)).status,
      ).toBe(200);
    },
  },
  ...(
    [
      [
        'ensure-signed-client-assertion-with-RS256-fails',
        ({ rsa }) => ({ header: { alg: 'RS256' }, key: rsa }),
      ],
      [
        'ensure-client-assertion-with-exp-is-5-minutes-in-past-fails',
        () => ({ claims: { exp: nowSeconds() - 300 } }),
      ],
      [
        'ensure-client-assertion-with-wrong-aud-fails',
        () => ({ claims: { aud: 'https://www.other1.example.com/' } }),
      ],
      ['ensure-client-assertion-with-no-sub-fails', () => ({ claims: { sub: undefined } })],
    ] as const satisfies readonly (readonly [string, (bench: Bench) => object])[]
  ).map(
    ([name, changes]): AdvancedModule => ({
      name,
      isFor: isByKey,
      play: async (bench, variant) => {
        const attempt = await authorize(bench, variant);
        const assertion = changes(bench);
        const answer = await redeemCode(bench, attempt.party, variant.client_auth_type, attempt, {
          assertion,
        });
        expectRefused(answer, ['invalid_client']);
      },
    }),
  ),
  {
    name: 'par-test-pushed-authorization-url-as-audience-for-client-JWT-assertion',
    isFor: (variant) => isByKey(variant) && isPushed(variant),
    play: async (bench) => {
      const { client, shown } = partyOf(bench, 'private_key_jwt', 1);
      const { words } = bench.request(client, { response_type: 'code id_token' });
      const request = await bench.object(client, words, { header: { typ: undefined } });
      const assertion = await bench.assertion(client, { claims: { aud: `${bench.issuer}/par` } });
      expect((await bench.post('/par', { request, ...assertion }, {}, shown)).status).toBe(201);
    },
  },
  {
    name: 'par-ensure-pkce-required',
    isFor: isPushed,
    play: (bench, variant) =>
      expectRefusal(
        bench,
        variant,
        { words: { code_challenge: undefined, code_challenge_method: undefined } },
        ['invalid_request'],
      ),
  },
  {
    name: 'par-ensure-plain-pkce-rejected',
    isFor: isPushed,
    play: (bench, variant) =>
      expectRefusal(bench, variant, { words: { code_challenge_method: 'plain' } }, [
        'invalid_request',
      ]),
  },
  {
    name: 'par-ensure-pkce-code-verifier-required, par-incorrect-pkce-code-verifier-rejected',
    isFor: isPushed,
    play: async (bench, variant) => {
      const attempt = await authorize(bench, variant);
      for (const verifier of [undefined, 'a'.repeat(43)]) {
        const answer = await redeemCode(bench, attempt.party, variant.client_auth_type, {
          ...attempt,
          verifier,
        });
        expectRefused(answer, ['invalid_grant'], [400]);
      }
    },
  },
  {
    name: 'par-attempt-reuse-request_uri',
    isFor: isPushed,
    play: async (bench, variant) => {
      const { party, sent, visitor } = await authorize(bench, variant);
      const arrival = await visitor.go(sent.link);
      if (arrival.kind === 'page') expect(arrival.page.status).toBe(400);
      else {
        const { told } = await readAnswer(bench, arrival.address, party.client.id);
        expect(told.get('error')).toBe('invalid_request_uri');
      }
    },
  },
  {
    name: 'par-ensure-request-uri-is-bound-to-client',
    isFor: isPushed,
    play: async (bench, variant) => {
      const party = partyOf(bench, variant.client_auth_type, 1);
      const { link } = await sendRequest(bench, party, variant);
      link.searchParams.set('client_id', partyOf(bench, variant.client_auth_type, 2).client.id);
      const arrival = await bench.visitor().go(link);
      expect(arrival.kind === 'page' && arrival.page.status).toBe(400);
    },
  },
];
