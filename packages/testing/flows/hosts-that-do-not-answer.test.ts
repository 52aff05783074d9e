/**
 * Requests that wait for an external host, which may never answer. The HTTP server learns of each
 * of them, so that they do not block others.
 */
import type { Outbound } from '@keywright/core';
import { generateSigningKey, signJwtSync } from '@keywright/jwt';
import { jwtBearerGrant } from '@keywright/wire';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Answer, TestPlatform } from '../src/index.ts';
import { assertionOf } from './client-assertions.ts';
import { createDynamicClients, register, webApp } from './dynamic-clients.ts';
import { ada, apis, authorizeLink, buildings, createSunrise } from './sunrise.ts';

const signing = {
  token_endpoint_auth_method: 'private_key_jwt',
  jwks_uri: 'https://away.example/jwks',
};
const service = { kind: 'service', trust: 'first-party', scope: 'buildings:read' } as const;
const issuer = 'https://hr.example';
const statements = 'https://statements.example';
const [redirect_uri] = webApp.redirect_uris;

let waiting: number;
let asked: PromiseWithResolvers<void>;
let gone: PromiseWithResolvers<never>;
/** Texts of addresses that answer. */
const texts = new Map<string, string>();
let platform: TestPlatform;
beforeEach(async () => {
  waiting = 0;
  asked = Promise.withResolvers();
  gone = Promise.withResolvers();
  texts.clear();
  const send: Outbound['send'] = (address) => {
    const text = texts.get(address);
    if (text !== undefined)
      return Promise.resolve({
        status: 200,
        text,
        contentType: 'application/json',
        maxAgeSeconds: undefined,
      });
    asked.resolve();
    return gone.promise;
  };
  const externalWaits = { enter: () => void (waiting += 1), leave: () => void (waiting -= 1) };
  platform = await createDynamicClients(
    {
      apis,
      clients: [
        { ...service, ...signing, client_id: 'meter', client_name: 'Meter' },
        {
          ...service,
          client_id: 'sync',
          client_name: 'Sync',
          grant_types: ['client_credentials', jwtBearerGrant],
          assertion_issuers: [issuer],
        },
        {
          client_id: 'lens',
          kind: 'web',
          trust: 'third-party',
          client_name: 'Lens',
          redirect_uris: [redirect_uri],
          request_uris: ['https://away.example/object'],
        },
      ],
      features: { clientIdDocuments: true, requestObjects: true, jwtAssertions: true },
      assertionIssuers: [{ issuer, jwksUri: `${issuer}/jwks`, subjects: 'account_email' }],
      registration: { statementIssuers: [{ issuer: statements, jwksUri: `${statements}/jwks` }] },
      ports: () => ({ externalWaits }),
    },
    { send },
  );
});
afterEach(() => platform.close());

async function signedBy(iss: string, claims: object): Promise<string> {
  const { kid, privateKey } = await generateSigningKey('ES256');
  const now = platform.clock.nowSeconds();
  const words = { iss, aud: platform.issuer, iat: now, exp: now + 60, jti: 'one', ...claims };
  return signJwtSync({ kid, algorithm: 'ES256', privateKey }, 'JWT', words);
}

const visit = (words: Readonly<Record<string, string>>) =>
  platform.browser().get(authorizeLink({ redirect_uri, scope: 'openid', ...words }));

const requests: readonly (readonly [string, () => Promise<Answer>])[] = [
  [
    'the keys of a client',
    async () =>
      platform.post('/token', {
        grant_type: 'client_credentials',
        ...assertionOf(platform, 'meter'),
      }),
  ],
  [
    'the keys of an issuer of assertions',
    async () => {
      const assertion = await signedBy(issuer, { sub: ada });
      return platform.post(
        '/token',
        { grant_type: jwtBearerGrant, assertion, resource: buildings },
        'sync',
      );
    },
  ],
  [
    'the keys of an issuer of software statements',
    async () =>
      register(platform, { ...webApp, software_statement: await signedBy(statements, {}) }),
  ],
  ['the document of a client', () => visit({ client_id: 'https://away.example/client.json' })],
  [
    'the sector in the document of a client',
    () => {
      const client_id = 'https://here.example/client.json';
      const sector = { subject_type: 'pairwise', sector_identifier_uri: 'https://away.example/s' };
      texts.set(client_id, JSON.stringify({ ...webApp, ...sector, client_id }));
      return visit({ client_id });
    },
  ],
  [
    'a request object',
    () => visit({ client_id: 'lens', request_uri: 'https://away.example/object' }),
  ],
  [
    'a sector',
    () =>
      register(platform, {
        ...webApp,
        subject_type: 'pairwise',
        sector_identifier_uri: 'https://away.example/sector',
      }),
  ],
];

describe('the limit on requests in work does not count a request that waits for another host', () => {
  it.each(requests)('for %s', async (_name, send) => {
    const answer = send();
    await asked.promise;
    await new Promise((resolve) => setImmediate(resolve));
    expect(waiting).toBe(1);
    gone.reject(new Error('no answer'));
    expect((await answer).status).toBeGreaterThanOrEqual(400);
    expect(waiting).toBe(0);
  });

  it('but counts all others', async () => {
    await platform.close();
    let entered = 0;
    const externalWaits = { enter: () => void (entered += 1), leave: () => undefined };
    platform = await createSunrise({ ports: () => ({ externalWaits }) });
    expect(
      (await platform.post('/token', { grant_type: 'client_credentials' }, 'collector')).status,
    ).toBe(200);
    expect(entered).toBe(0);
  });
});
