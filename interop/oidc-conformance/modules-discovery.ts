/** Modules about what the server says of itself, and about its keys. */
import { expect } from 'vitest';
import { setTimeout as wait } from 'node:timers/promises';
import type { Bench } from './bench.ts';
import type { Module, Modules } from './module.ts';

export const discoveries: Modules = {
  'oidcc-discovery-endpoint-verification': {
    demands:
      'the metadata has what Discovery §3 asks for: https everywhere, RS256, response types, keys without private parts',
    play: ({ bench, configuration }) => checkMetadata(bench, configuration.server.discoveryUrl),
  },
  'oidcc-rp-initiated-logout-discovery-endpoint-verification': announces(['end_session_endpoint']),
  'oidcc-backchannel-logout-discovery-endpoint-verification': announces(
    ['end_session_endpoint'],
    ['backchannel_logout_supported', 'backchannel_logout_session_supported'],
  ),
  'oidcc-frontchannel-logout-discovery-endpoint-verification': announces(
    ['end_session_endpoint'],
    ['frontchannel_logout_supported', 'frontchannel_logout_session_supported'],
  ),
  'oidcc-server-rotate-keys': {
    demands: 'after a rotation there is another signing key, and the former one still',
    play: ({ bench }) => checkRotation(bench),
  },
};

async function checkMetadata(bench: Bench, address: string): Promise<void> {
  const response = await bench.fetch(address);
  expect([response.status, response.headers.get('content-type')]).toEqual([
    200,
    expect.stringMatching(/^application\/json\b/),
  ]);
  const { metadata } = bench;
  expect(metadata['issuer']).toBe(bench.issuer);
  expect(address).toBe(`${bench.issuer}/.well-known/openid-configuration`);
  for (const name of [
    'authorization_endpoint',
    'token_endpoint',
    'userinfo_endpoint',
    'jwks_uri',
    'registration_endpoint',
  ])
    expect(metadata).toHaveProperty(name);
  for (const [name, value] of Object.entries(metadata))
    if (name.endsWith('_endpoint')) expect(value, name).toMatch(/^https:\/\//);
  expectAll(metadata, {
    response_types_supported: ['code', 'id_token', 'id_token token'],
    subject_types_supported: ['public', 'pairwise'],
    id_token_signing_alg_values_supported: ['RS256'],
    userinfo_signing_alg_values_supported: ['RS256'],
    request_object_signing_alg_values_supported: ['RS256'],
    grant_types_supported: ['authorization_code', 'implicit'],
    scopes_supported: ['openid'],
    claims_supported: ['sub', 'name', 'email', 'address', 'phone_number', 'auth_time', 'acr'],
    token_endpoint_auth_methods_supported: [
      'client_secret_basic',
      'client_secret_post',
      'private_key_jwt',
    ],
    response_modes_supported: ['query', 'fragment', 'form_post'],
    code_challenge_methods_supported: ['S256'],
  });
  for (const name of [
    'request_parameter_supported',
    'request_uri_parameter_supported',
    'claims_parameter_supported',
  ])
    expect(metadata[name], name).toBe(true);
  for (const scope of metadata['scopes_supported'] as string[])
    expect(scope).toMatch(/^[\x21\x23-\x5b\x5d-\x7e]+$/);
  for (const tag of metadata['ui_locales_supported'] as string[])
    expect(Intl.getCanonicalLocales(tag)).toEqual([tag]);
  await checkKeys(bench);
}

function expectAll(
  metadata: Bench['metadata'],
  lists: Readonly<Record<string, readonly string[]>>,
): void {
  for (const [name, values] of Object.entries(lists))
    expect(metadata[name], name).toEqual(expect.arrayContaining([...values]));
}

async function checkKeys(bench: Bench): Promise<readonly string[]> {
  const { keys } = await bench.keys();
  const kids = keys.map(({ kid }) => kid);
  expect(kids).not.toContain(undefined);
  expect(new Set(kids).size).toBe(kids.length);
  for (const jwk of keys) {
    expect(['RSA', 'EC', 'OKP']).toContain(jwk.kty);
    for (const name of ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k']) expect(jwk).not.toHaveProperty(name);
    for (const name of ['n', 'e', 'x', 'y'])
      if (name in jwk) expect(jwk[name as 'n']).toMatch(/^[A-Za-z0-9_-]+$/);
  }
  return keys.filter(({ use, alg }) => use === 'sig' && alg === 'RS256').map(({ kid = '' }) => kid);
}

function announces(addresses: readonly string[], flags: readonly string[] = []): Module {
  return {
    demands: `the metadata has ${[...addresses, ...flags].join(', ')}`,
    play({ bench: { metadata } }) {
      for (const name of addresses) expect(metadata[name], name).toMatch(/^https:\/\//);
      for (const name of flags) expect(metadata[name], name).toBe(true);
      return Promise.resolve();
    },
  };
}

/** Rotated as README.md of the configuration says. */
async function checkRotation(bench: Bench): Promise<void> {
  const former = await checkKeys(bench);
  const body = new URLSearchParams({
    grant_type: 'client_credentials',
    resource: `${bench.issuer}/admin`,
  });
  const basic = Buffer.from(
    'bench-service:conformance-service-secret-that-everyone-knows',
  ).toString('base64');
  const headers = { authorization: `Basic ${basic}` };
  const answer = await bench.fetch(`${bench.issuer}/token`, { method: 'POST', headers, body });
  const { access_token: token } = (await answer.json()) as { access_token: string };
  const rotated = await bench.fetch(`${bench.issuer}/admin/v1/keys`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: '{"alg":"RS256"}',
  });
  expect(rotated.status).toBe(201);
  const {
    keys: [made],
  } = (await rotated.json()) as { keys: [{ kid: string }] };
  let published = await checkKeys(bench);
  for (let tries = 0; tries < 100 && !published.includes(made.kid); tries += 1) {
    await wait(100);
    published = await checkKeys(bench);
  }
  expect(published).toEqual(expect.arrayContaining([...former, made.kid]));
}
