/**
 * FAPI 2.0 Security Profile, Final: the modules about sender-constrained tokens, by DPoP and by a
 * certificate.
 */
import { createHash } from 'node:crypto';
import { decodeJwt } from 'jose';
import { expect } from 'vitest';
import { createSelfSigned } from '../../packages/jwt/src/testing-parts/certificates.ts';
import { type Bench, type Changes } from './bench.ts';
import { makeKey, nowSeconds, thumbprintOf } from './keys.ts';
import { expectRefused, type Module } from './modules.ts';

const badProof = ['invalid_dpop_proof', 'invalid_request', 'invalid_grant'];
type Headers = Record<string, string>;

/** One step of the module dpop-negative-tests: what is wrong, or not, at the resource. */
type Step = readonly [
  name: string,
  changes: Changes | ((bench: Bench) => Changes),
  headers?: (good: Headers) => Headers,
];

const own = makeKey('ES256');
const refusedSteps: readonly Step[] = [
  ['more than one proof', {}, (good) => ({ ...good, dpop: `${good['dpop']}, ${good['dpop']}` })],
  ['no well-formed JWT', { text: (jwt) => jwt.replaceAll('.', '') }],
  ['no typ', { header: { typ: undefined } }],
  ['no alg', { text: (jwt) => withHeader(jwt, { alg: undefined }) }],
  ['no jwk', { header: { jwk: undefined } }],
  ['no jti', { claims: { jti: undefined } }],
  ['no htm', { claims: { htm: undefined } }],
  ['no htu', { claims: { htu: undefined } }],
  ['no iat', { claims: { iat: undefined } }],
  ['no ath', { claims: { ath: undefined } }],
  ['another typ', { header: { typ: 'JWT' } }],
  [
    'the algorithm none',
    { text: (jwt) => `${withHeader(jwt, { alg: 'none' }).split('.').slice(0, 2).join('.')}.` },
  ],
  [
    'a signature that is wrong',
    { text: (jwt) => `${jwt.slice(0, -8)}${jwt.endsWith('AAAAAAAA') ? 'BBBBBBBB' : 'AAAAAAAA'}` },
  ],
  ['a private key in jwk', { key: own, header: { jwk: own } }],
  ['another htm', { claims: { htm: 'PUT' } }],
  ['an htu elsewhere', { claims: { htu: 'https://www.example.com/userinfo' } }],
  ['an iat in an hour', () => ({ claims: { iat: nowSeconds() + 3600 } })],
  ['an iat an hour ago', () => ({ claims: { iat: nowSeconds() - 3600 } })],
  ['another ath', { claims: { ath: createHash('sha256').update('another').digest('base64url') } }],
  ['another key', { key: makeKey('ES256') }],
  ['no proof', {}, ({ authorization = '' }) => ({ authorization })],
  [
    'no proof, and Bearer',
    {},
    ({ authorization = '' }) => ({ authorization: authorization.replace('DPoP', 'Bearer') }),
  ],
];

const takenSteps: readonly Step[] = [
  [
    'the header in capitals',
    {},
    ({ authorization = '', dpop = '' }) => ({ authorization, DPOP: dpop }),
  ],
  [
    'an htu with query and fragment',
    ({ issuer }) => ({ claims: { htu: `${issuer}/userinfo?a=b#c` } }),
  ],
  [
    'claims and header members that nobody knows',
    { header: { foo: 'bar' }, claims: { foo: 'bar' } },
  ],
  [
    'scheme and host of htu in capitals',
    ({ issuer }) => ({ claims: { htu: `${issuer.toUpperCase()}/userinfo` } }),
  ],
];

function withHeader(jwt: string, changes: Record<string, unknown>): string {
  const [head = '', ...rest] = jwt.split('.');
  const header = {
    ...(JSON.parse(Buffer.from(head, 'base64url').toString()) as object),
    ...changes,
  };
  return [Buffer.from(JSON.stringify(header)).toString('base64url'), ...rest].join('.');
}

async function tryAtResource(
  bench: Bench,
  token: string,
  [, changes, headers]: Step,
): Promise<number> {
  const made = typeof changes === 'function' ? changes(bench) : changes;
  return (await bench.resource(bench.first, token, made, headers)).status;
}

async function expectProofTaken(bench: Bench, proof: () => Changes): Promise<void> {
  const attempt = await bench.authorize(bench.first);
  const { status, json } = await bench.redeem(bench.first, attempt, { proof: proof() });
  expect(status).toBe(200);
  expect((await bench.resource(bench.first, String(json['access_token']), proof())).status).toBe(
    200,
  );
}

export const proofModules: readonly Module[] = [
  [
    'access-token-type-header-case-sensitivity',
    async (bench) => {
      const { access_token: token = '' } = await bench.connect(bench.first);
      const inverted = await bench.resource(bench.first, token, {}, (good) => ({
        ...good,
        authorization: `dpOp ${token}`,
      }));
      expect(inverted.status).toBe(200);
    },
  ],
  ...(
    [
      [
        'check-dpop-proof-nbf-exp',
        () => ({ claims: { nbf: nowSeconds(), exp: nowSeconds() + 300 } }),
      ],
      [
        'ensure-dpop-proof-with-iat-10seconds-before-succeeds',
        () => ({ claims: { iat: nowSeconds() - 10 } }),
      ],
      [
        'ensure-dpop-proof-with-iat-10seconds-after-succeeds',
        () => ({ claims: { iat: nowSeconds() + 10 } }),
      ],
    ] as readonly (readonly [string, () => Changes])[]
  ).map(([name, proof]): Module => [name, (bench) => expectProofTaken(bench, proof)]),
  [
    'ensure-mismatched-dpop-jkt-fails',
    async (bench) => {
      const { words } = bench.request(bench.first, { dpop_jkt: await thumbprintOf(bench.second) });
      const headers = { dpop: await bench.proof(bench.first, 'POST', '/par') };
      expectRefused(await bench.push(bench.first, words, { headers }), badProof);
    },
  ],
  [
    'ensure-token-endpoint-fails-with-mismatched-dpop-proof-jkt',
    async (bench) => {
      const headers = { dpop: await bench.proof(bench.first, 'POST', '/par') };
      const attempt = await bench.authorize(bench.first, {}, { headers });
      expectRefused(
        await bench.redeem(bench.first, attempt, { proof: { key: makeKey('ES256') } }),
        badProof,
      );
    },
  ],
  [
    'ensure-token-endpoint-fails-with-mismatched-dpop-jkt',
    async (bench) => {
      const attempt = await bench.authorize(bench.first, {
        dpop_jkt: await thumbprintOf(bench.second),
      });
      expectRefused(await bench.redeem(bench.first, attempt), badProof);
    },
  ],
  [
    'ensure-dpop-proof-at-par-endpoint-binding-success',
    async (bench) => {
      const headers = { dpop: await bench.proof(bench.first, 'POST', '/par') };
      const attempt = await bench.authorize(bench.first, {}, { headers });
      expect((await bench.redeem(bench.first, attempt)).status).toBe(200);
    },
  ],
  [
    'ensure-dpop-auth-code-binding-success',
    async (bench) => {
      const attempt = await bench.authorize(bench.first, {
        dpop_jkt: await thumbprintOf(bench.first),
      });
      expect((await bench.redeem(bench.first, attempt)).status).toBe(200);
    },
  ],
  [
    'ensure-holder-of-key-required',
    async (bench) => {
      const attempt = await bench.authorize(bench.first);
      expectRefused(await bench.redeem(bench.first, attempt, { proof: 'none' }), badProof);
      // The code is still there for whoever proves a key.
      expect((await bench.redeem(bench.first, attempt)).status).toBe(200);
    },
  ],
  [
    'dpop-negative-tests',
    async (bench) => {
      const { access_token: token = '' } = await bench.connect(bench.first);
      for (const step of refusedSteps) {
        const status = await tryAtResource(bench, token, step);
        expect([step[0], [400, 401].includes(status), status]).toEqual([step[0], true, status]);
      }
      for (const step of takenSteps)
        expect([step[0], await tryAtResource(bench, token, step)]).toEqual([step[0], 200]);
      const once = { claims: { jti: 'the-same-again' } };
      expect((await bench.resource(bench.first, token, once)).status).toBe(200);
      expect((await bench.resource(bench.first, token, once)).status).toBe(401);
      const ended = await bench.resource(bench.first, token);
      expect(ended.status, 'a good proof still works').toBe(200);
    },
  ],
  [
    'the challenge for a missing proof names DPoP, and the algorithms of the profile (RFC 9449 §7.1)',
    async (bench) => {
      const { headers } = await bench.send(`${bench.issuer}/userinfo`);
      expect(headers.get('www-authenticate')).toMatch(/DPoP[^,]*(?:,[^,]*)*algs="[^"]*ES256/);
      expect(headers.get('www-authenticate')).not.toContain('RS256');
    },
  ],
  [
    'sender-constrained by mtls: happy-flow, holder of key at the resource and at refresh',
    async (bench) => {
      const one = createSelfSigned({ subject: [['CN', 'one']] });
      const other = createSelfSigned({ subject: [['CN', 'other']] });
      const attempt = await bench.authorize(bench.first);
      const { status, json } = await bench.redeem(bench.first, attempt, {
        proof: 'none',
        shown: one,
      });
      expect([status, json['token_type']]).toEqual([200, 'Bearer']);
      const token = String(json['access_token']);
      const thumbprint = createHash('sha256').update(one.der).digest('base64url');
      expect(decodeJwt(token)['cnf']).toEqual({ 'x5t#S256': thumbprint });
      const ask = (shown: object) =>
        bench.send(
          `${bench.issuer}/userinfo`,
          { headers: { authorization: `Bearer ${token}` } },
          shown,
        );
      expect([(await ask(one)).status, (await ask(other)).status, (await ask({})).status]).toEqual([
        200, 401, 401,
      ]);
      expectRefused(await bench.refresh(bench.first, json['refresh_token'], 'none'), badProof);
    },
  ],
];
