/**
 * A second use of a code ends the tokens of its first use (RFC 6749 §4.1.2), with any binding and
 * any client authentication.
 */
import { afterEach, describe, expect, it } from 'vitest';
import { createSelfSigned } from '../../jwt/src/testing-parts/certificates.ts';
import type { Answer, TestPlatform } from '../src/index.ts';
import { assertionOf, signingClient } from './client-assertions.ts';
import { createKey, postAs } from './proofs.ts';
import { statusOf } from './status-setting.ts';
import {
  apis,
  buildings,
  callback,
  clients,
  createSunrise,
  nativeCallback,
  obtainCode,
  redeem,
  tokensOf,
  verifier,
} from './sunrise.ts';

let platform: TestPlatform;
afterEach(() => platform.close());

const key = createKey();
const certificate = createSelfSigned({ subject: [['CN', 'anybody']] });

const signing = {
  ...signingClient,
  client_id: 'signing',
  kind: 'web',
  trust: 'third-party',
  client_name: 'Signing',
  redirect_uris: [callback],
  scope: 'openid buildings:read',
} as const;

async function start(): Promise<void> {
  platform = await createSunrise({
    features: { mutualTls: true },
    apis: apis.map((api) => ({ ...api, token_status: api.identifier === buildings })),
    clients: [...clients, signing],
  });
}

/** How an application authenticates, and to what its tokens are bound. */
interface Way {
  readonly clientId: string;
  readonly address?: string;
  readonly send: (path: string, form: Record<string, string>) => Promise<Answer>;
  readonly show: (token: string) => Promise<Answer>;
}

const plain = (path: string, form: Record<string, string>) => platform.post(path, form, 'heatlens');
const bearer = (token: string) => platform.get('/userinfo', { authorization: `Bearer ${token}` });
const assertedBy = (path: string, form: Record<string, string>, headers = {}) =>
  platform.browser().post(path, { ...form, ...assertionOf(platform, 'signing') }, headers);
const withProof = (accessToken: string) =>
  platform.get('/userinfo', {
    authorization: `DPoP ${accessToken}`,
    dpop: key.proof(platform, { method: 'GET', url: `${platform.issuer}/userinfo`, accessToken }),
  });
const withCertificate = () =>
  platform.browser('192.0.2.1', { raw: certificate.der, isVerified: false });

const ways: Readonly<Record<string, Way>> = {
  'a secret and bearer tokens': { clientId: 'heatlens', send: plain, show: bearer },
  'a signed assertion and bearer tokens': { clientId: 'signing', send: assertedBy, show: bearer },
  'a secret and tokens of a DPoP key': {
    clientId: 'heatlens',
    send: (path, form) => postAs(platform, path, form, 'heatlens', { dpop: key.proof(platform) }),
    show: withProof,
  },
  'a signed assertion and tokens of a DPoP key': {
    clientId: 'signing',
    send: (path, form) => assertedBy(path, form, { dpop: key.proof(platform) }),
    show: withProof,
  },
  'no authentication and tokens of a DPoP key': {
    clientId: 'native',
    address: nativeCallback,
    send: (path, form) => postAs(platform, path, form, 'native', { dpop: key.proof(platform) }),
    show: withProof,
  },
  'a signed assertion and tokens of a certificate': {
    clientId: 'signing',
    send: (path, form) =>
      withCertificate().post(path, { ...form, ...assertionOf(platform, 'signing') }),
    show: (token) => withCertificate().get('/userinfo', { authorization: `Bearer ${token}` }),
  },
};

describe('the tokens of a code that is used twice are refused at once', () => {
  it.each(Object.entries(ways))(
    'by a client that uses %s',
    async (name, { clientId, address = callback, send, show }) => {
      await start();
      if (name.endsWith('certificate')) await bindToCertificates();
      const code = await obtainCode(platform, { client_id: clientId, redirect_uri: address });
      const form = {
        grant_type: 'authorization_code',
        code,
        redirect_uri: address,
        code_verifier: verifier,
      };
      const { access_token, refresh_token } = tokensOf(await send('/token', form));
      expect((await show(access_token)).status).toBe(200);
      expect(await introspect(access_token)).toBe(true);
      expect(await statusOf(platform, access_token)).toBe(0);

      const again = await send('/token', form);
      expect([again.status, again.json['error'], again.reason]).toEqual([
        400,
        'invalid_grant',
        'code_invalid',
      ]);
      expect(platform.events).toContainEqual(
        expect.objectContaining({ type: 'code.reused', clientId }),
      );
      const shown = await show(access_token);
      expect([shown.status, shown.reason]).toEqual([401, 'token_ended']);
      expect(await introspect(access_token)).toBe(false);
      const refreshed = await send('/token', { grant_type: 'refresh_token', refresh_token });
      expect(refreshed.json['error']).toBe('invalid_grant');
      platform.clock.advance(1);
      expect(await statusOf(platform, access_token)).toBe(1);
    },
  );

  async function bindToCertificates(): Promise<void> {
    const client = await platform.store.clients.load('signing');
    if (client === undefined) throw new Error('no client');
    const settings = { ...client.settings, certificateBoundAccessTokens: true };
    await platform.store.clients.save({ ...client, settings });
  }

  const introspect = async (token: string) =>
    (await platform.post('/introspect', { token }, 'buildings-api')).json['active'];
});

describe('a second use of a code ends nothing if its sender did not prove that the code is its own:', () => {
  const wrongly = (
    code: string,
    changes: Readonly<Record<string, string>>,
    clientId = 'heatlens',
  ) =>
    postAs(platform, '/token', { ...formOf(code), ...changes }, clientId, {
      dpop: key.proof(platform),
    });
  const unproven: readonly (readonly [string, (code: string) => Promise<Answer>])[] = [
    ['as another client', (code) => wrongly(code, {}, 'portal')],
    ['as a public client', (code) => wrongly(code, {}, 'native')],
    ['with another verifier', (code) => wrongly(code, { code_verifier: 'x'.repeat(43) })],
    ['without a verifier', (code) => wrongly(code, { code_verifier: '' })],
    ['with another redirect URI', (code) => wrongly(code, { redirect_uri: `${callback}/x` })],
    ['without the proof of its key', (code) => redeem(platform, code)],
    [
      'with a wrong secret',
      (code) => {
        const authorization = `Basic ${btoa('heatlens:wrong')}`;
        const dpop = key.proof(platform);
        return platform.browser().post('/token', formOf(code), { authorization, dpop });
      },
    ],
  ];
  const formOf = (code: string) => ({
    grant_type: 'authorization_code',
    code,
    redirect_uri: callback,
    code_verifier: verifier,
  });

  it.each(unproven)('%s', async (_name, use) => {
    await start();
    const code = await obtainCode(platform, { dpop_jkt: key.thumbprint });
    const first = await postAs(platform, '/token', formOf(code), 'heatlens', {
      dpop: key.proof(platform),
    });
    const { access_token } = tokensOf(first);
    expect((await use(code)).status).toBeGreaterThanOrEqual(400);
    expect((await withProof(access_token)).status).toBe(200);
    expect(platform.events.map(({ type }) => type)).not.toContain('code.reused');
  });
});
