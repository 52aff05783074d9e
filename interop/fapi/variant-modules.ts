/**
 * The other variants of the FAPI 2.0 plans: clients that authenticate by mutual TLS, plain OAuth,
 * and client credentials.
 */
import { decodeJwt } from 'jose';
import { expect } from 'vitest';
import {
  askResource,
  authentication,
  type Party,
  partyOf,
  redeemCode,
  shownBy,
  type Variant,
} from '../fapi-advanced/bench.ts';
import { ada, type Bench, type Words } from './bench.ts';
import { expectRefused, type Module } from './modules.ts';

type ClientAuthentication = Variant['client_auth_type'];

/** `fapi-service` or its twin with mutual TLS. */
function serviceOf(bench: Bench, by: 'private_key_jwt' | 'mtls'): Party {
  const client = by === 'mtls' ? { ...bench.service, id: 'fapi-mtls-service' } : bench.service;
  return { client, shown: shownBy('fapi-service') };
}

/** Pushes with the certificate of the client, signs Ada in, and answers the code. */
async function authorizeShown(bench: Bench, party: Party, by: ClientAuthentication) {
  const asked = bench.request(party.client);
  const form: Words = {
    ...(await bench.pushed(party.client, asked.words)),
    ...(await authentication(bench, party, by)),
  };
  if (by === 'mtls') expectRefused(await bench.post('/par', form), ['invalid_client']);
  const pushed = await bench.post('/par', form, {}, party.shown);
  expect(pushed.status).toBe(201);
  const link = bench.link(party.client, pushed.json['request_uri']);
  const back = await bench.visitor().authorize(link, ada);
  const told = bench.isSigned
    ? await bench.readSecured(back.searchParams.get('response') ?? '', party.client.id)
    : back.searchParams;
  return { code: told.get('code') ?? '', verifier: asked.verifier };
}

async function byCertificate(bench: Bench, number: 1 | 2): Promise<void> {
  const party = partyOf(bench, 'mtls', number);
  const attempt = await authorizeShown(bench, party, 'mtls');
  const other = partyOf(bench, 'mtls', number === 1 ? 2 : 1);
  const stranger = await redeemCode(bench, party, 'mtls', attempt, { shown: other.shown });
  expectRefused(stranger, ['invalid_client']);
  const { status, json } = await redeemCode(bench, party, 'mtls', attempt);
  expect([status, json]).toEqual([200, expect.objectContaining({ token_type: 'Bearer' })]);
  expect(decodeJwt(String(json['access_token']))['cnf']).toHaveProperty('x5t#S256');
}

/**
 * RFC 6749 §4.1.2: the suite asks the resource right after the second use, and warns where it still
 * answers.
 */
async function reuseCode(bench: Bench, by: ClientAuthentication): Promise<void> {
  const party = partyOf(bench, by, 1);
  const attempt = await authorizeShown(bench, party, by);
  const { json } = await redeemCode(bench, party, by, attempt);
  const token = String(json['access_token']);
  expect((await askResource(bench, token, party.shown)).status).toBe(200);
  expectRefused(await redeemCode(bench, party, by, attempt), ['invalid_grant'], [400]);
  expect((await askResource(bench, token, party.shown)).status).toBe(401);
}

/** The resource of the plan is what a program may read at the admin API. */
async function byService(
  bench: Bench,
  by: 'private_key_jwt' | 'mtls',
  constraint: 'dpop' | 'mtls',
): Promise<void> {
  const party = serviceOf(bench, by);
  const form = { grant_type: 'client_credentials', scope: 'clients:read' };
  const ask = async (headers: Record<string, string>, shown: object) =>
    bench.post('/token', { ...form, ...(await authentication(bench, party, by)) }, headers, shown);
  const proof = (method: string, endpoint: string, token?: string) =>
    bench.proof(party.client, method, endpoint, token);
  const isByProof = constraint === 'dpop';
  // Where the client proves itself by its certificate, the connection shows that also with a proof.
  const shown = isByProof && by !== 'mtls' ? {} : party.shown;
  if (by !== 'mtls') expectRefused(await ask({}, {}), ['invalid_request', 'invalid_dpop_proof']);
  const { status, json } = await ask(
    isByProof ? { dpop: await proof('POST', '/token') } : {},
    shown,
  );
  expect([status, json]).toEqual([
    200,
    expect.objectContaining({ token_type: isByProof ? 'DPoP' : 'Bearer', scope: 'clients:read' }),
  ]);
  expect(json).not.toHaveProperty('refresh_token');
  const token = String(json['access_token']);
  const address = `${bench.issuer}/admin/v1/clients`;
  const headers = isByProof
    ? { authorization: `DPoP ${token}`, dpop: await proof('GET', '/admin/v1/clients', token) }
    : { authorization: `Bearer ${token}` };
  expect((await bench.send(address, { headers }, shown)).status).toBe(200);
  const bare = { authorization: `Bearer ${token}` };
  expect((await bench.send(address, { headers: bare })).status).toBe(401);
}

const ways = [
  ['private_key_jwt', 'dpop'],
  ['private_key_jwt', 'mtls'],
  ['mtls', 'dpop'],
  ['mtls', 'mtls'],
] as const;

export const variantModules: readonly Module[] = [
  ...([1, 2] as const).map(
    (number): Module => [
      `happy-flow, with client_auth_type=mtls and sender_constrain=mtls, client ${number}`,
      (bench) => byCertificate(bench, number),
    ],
  ),
  ...(['mtls', 'private_key_jwt'] as const).map(
    (by): Module => [
      `attempt-reuse-authorization-code-after-one-second, with client_auth_type=${by} and sender_constrain=mtls`,
      (bench) => reuseCode(bench, by),
    ],
  ),
  [
    'happy-flow, with openid=plain_oauth',
    async (bench) => {
      const tokens = await bench.connect(bench.first, { scope: 'accounts', nonce: undefined });
      expect(tokens['id_token']).toBeUndefined();
      expect(decodeJwt(tokens['access_token'] ?? '')['cnf']).toHaveProperty('jkt');
    },
  ],
  ...ways.map(
    ([by, constraint]): Module => [
      `happy-flow, with fapi_client_credentials_grant, client_auth_type=${by} and sender_constrain=${constraint}`,
      (bench) => byService(bench, by, constraint),
    ],
  ),
];
