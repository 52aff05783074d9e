/**
 * Requests that are answered on another device follow the same rules as codes: details, bound
 * tokens, profiles, signed requests (B18).
 */
import { createHash, randomUUID } from 'node:crypto';
import type { ResourceQuestion } from '@keywright/core';
import { signJwtSync } from '@keywright/jwt';
import { cibaGrant, deviceCodeGrant } from '@keywright/wire';
import { afterEach, describe, expect, it } from 'vitest';
import { type Answer, readForm, type TestPlatform } from '../src/index.ts';
import { heatlensKey, makeClientKey } from './authorize-setting.ts';
import {
  answerDevice,
  answerFromAfar,
  asking,
  askAsDevice,
  createDeferred,
  desk,
  pollAsDevice,
  pollFromAfar,
  reachConfirmation,
  signedIn,
  television,
  waitingOf,
} from './deferred-setting.ts';
import { asParameter, buildingAccess, detailApis, payment, reading } from './details-setting.ts';
import { createKey } from './proofs.ts';
import { ada, buildings, claimsOf, clients, refresh, tokensOf } from './sunrise.ts';

let platform: TestPlatform;
afterEach(() => platform.close());

const errorOf = ({ status, json }: Answer) => [status, json['error']];

/** The deferred clients, with additional members in their registrations. */
async function createWith(more: object, options: object = {}): Promise<void> {
  const changed = asking.map((client) => ({ ...client, ...more }));
  platform = await createDeferred({ clients: [...clients, ...changed], ...options });
}

describe('authorization details (RFC 9396)', () => {
  const more = { authorization_details_types: [buildingAccess, payment] };
  const two = { authorization_details: asParameter(reading('b-101', 'b-102')), scope: 'openid' };

  it('of a device are shown, ticked one by one, and are in its tokens', async () => {
    await createWith(more, { apis: detailApis });
    const { device_code, user_code } = await askAsDevice(platform, two);
    const browser = await signedIn(platform);
    const page = await reachConfirmation(browser, user_code);
    expect(page.json['details']).toMatchObject([
      { resources: [{ name: 'b-101' }, { name: 'b-102' }] },
    ]);
    await browser.post('/device/confirm', { ...readForm(page), decision: 'allow', detail: ['1'] });
    const tokens = tokensOf(await pollAsDevice(platform, device_code));
    expect(claimsOf(tokens.access_token)).toMatchObject({
      aud: buildings,
      authorization_details: [reading('b-102')],
    });
  });

  it('of a CIBA request can be unticked, and unticking all declines the request', async () => {
    await createWith(more, { apis: detailApis });
    const browser = await signedIn(platform);
    const ask = async (scope: string) => {
      const answer = await platform.post('/bc-authorize', { ...two, scope, login_hint: ada }, desk);
      return answer.json['auth_req_id'] as string;
    };
    const id = await ask('openid');
    const [waiting] = await waitingOf(browser);
    expect(waiting?.details).toMatchObject([{ resources: [{ name: 'b-101' }, { name: 'b-102' }] }]);
    await browser.post('/account/answer', {
      ...waiting?.form.fields,
      decision: 'allow',
      detail: ['0'],
    });
    const tokens = tokensOf(await pollFromAfar(platform, id));
    expect(claimsOf(tokens.access_token)['authorization_details']).toEqual([reading('b-101')]);
  });

  it('have the names that the API gives to resources, and must name resources', async () => {
    const apis = detailApis.map((api) => ({
      ...api,
      authorization_details_types: api.authorization_details_types?.map((type) =>
        type.type === buildingAccess
          ? {
              ...type,
              schema: { ...(type.schema as object), required: ['actions'] },
              resolver: 'function',
              choices: true,
            }
          : type,
      ),
    }));
    const ports = () => ({
      resolveResources: ({ identifiers = [] }: ResourceQuestion) =>
        identifiers.map((identifier) => ({ identifier, name: `House ${identifier}` })),
    });
    await createWith(more, { apis, ports });
    const { user_code } = await askAsDevice(platform, two);
    const browser = await signedIn(platform);
    const page = await reachConfirmation(browser, user_code);
    expect(page.json['details']).toMatchObject([
      { resources: [{ title: 'House b-101' }, { title: 'House b-102' }] },
    ]);
    await platform.post('/bc-authorize', { ...two, login_hint: ada }, desk);
    const [waiting] = await waitingOf(browser);
    expect(waiting?.details).toMatchObject([{ resources: [{ title: 'House b-101' }, {}] }]);
    const open = {
      authorization_details: asParameter({ type: buildingAccess, actions: ['read'] }),
    };
    const asked = await platform.post('/device_authorization', open, television);
    expect(asked.json['error']).toBe('invalid_authorization_details');
    const far = await platform.post(
      '/bc-authorize',
      { ...open, scope: 'openid', login_hint: ada },
      desk,
    );
    expect(far.json['error']).toBe('invalid_authorization_details');
  });

  it('are in the event of the consent, as for a code', async () => {
    await createWith(more, { apis: detailApis });
    const browser = await signedIn(platform);
    const { user_code } = await askAsDevice(platform, two);
    const page = await reachConfirmation(browser, user_code);
    await browser.post('/device/confirm', { ...readForm(page), decision: 'allow', detail: ['1'] });
    const form = { ...two, scope: 'openid', login_hint: ada };
    await platform.post('/bc-authorize', form, desk);
    const [waiting] = await waitingOf(browser);
    await browser.post('/account/answer', {
      ...waiting?.form.fields,
      decision: 'allow',
      detail: ['0'],
    });
    const told = platform.events.filter(({ type }) => type === 'consent.given');
    const answered = { detailTypes: [buildingAccess], detailsGranted: 1, detailsDeclined: 1 };
    expect(told).toMatchObject([
      { clientId: television, ...answered },
      { clientId: desk, ...answered },
    ]);
  });

  it('without scopes are declined when all are unticked', async () => {
    await createWith(more, { apis: detailApis });
    const { authorization_details } = two;
    const asked = await platform.post(
      '/device_authorization',
      { authorization_details },
      television,
    );
    const { user_code, device_code } = asked.json as Record<string, string>;
    await answerDevice(await signedIn(platform), user_code ?? '', 'allow', []);
    expect(errorOf(await pollAsDevice(platform, device_code ?? ''))).toEqual([
      400,
      'access_denied',
    ]);
  });

  it('of a type that the client did not register are refused', async () => {
    await createWith({}, { apis: detailApis });
    for (const [path, client] of [
      ['/device_authorization', television],
      ['/bc-authorize', desk],
    ] as const)
      expect(errorOf(await platform.post(path, { ...two, login_hint: ada }, client))).toEqual([
        400,
        'invalid_authorization_details',
      ]);
  });
});

describe('with DPoP (RFC 9449),', () => {
  const poll = (code: string, headers: Readonly<Record<string, string>>) =>
    platform
      .browser()
      .post(
        '/token',
        { grant_type: deviceCodeGrant, device_code: code, client_id: television },
        headers,
      );

  it('a device that sends a proof gets a bound token and a bound refresh token', async () => {
    await createWith({});
    const { device_code, user_code } = await askAsDevice(platform, {
      scope: 'openid buildings:read',
    });
    await answerDevice(await signedIn(platform), user_code);
    const key = createKey();
    const tokens = tokensOf(await poll(device_code, { dpop: key.proof(platform) }));
    expect(tokens.token_type).toBe('DPoP');
    expect(claimsOf(tokens.access_token)['cnf']).toEqual({ jkt: key.thumbprint });
    expect(errorOf(await refresh(platform, tokens.refresh_token, {}, television))[0]).toBe(400);
  });

  it('a client that must send a proof gets nothing without one, and nothing is spent', async () => {
    await createWith({ dpop_bound_access_tokens: true });
    const { device_code, user_code } = await askAsDevice(platform, {
      scope: 'openid buildings:read',
    });
    await answerDevice(await signedIn(platform), user_code);
    expect((await poll(device_code, {})).status).toBe(400);
    expect((await poll(device_code, { dpop: createKey().proof(platform) })).status).toBe(200);
  });
});

describe('a client that must sign its requests (RFC 9101 §10.5)', () => {
  it('cannot use plain parameters for a device or a CIBA request', async () => {
    await createWith({ jwks: { keys: [heatlensKey.jwk] }, require_signed_request_object: true });
    for (const [path, client] of [
      ['/device_authorization', 'meter'],
      ['/bc-authorize', desk],
    ] as const) {
      const answer = await platform.post(path, { scope: 'openid', login_hint: ada }, client);
      expect(answer.reason).toBe('request_object_required');
    }
  });
});

describe('a requested authentication context (RFC 9470)', () => {
  it('is in the tokens as the context that was reached', async () => {
    await createWith({});
    const form = { scope: 'openid', login_hint: ada, acr_values: 'phr' };
    const id = (await platform.post('/bc-authorize', form, desk)).json['auth_req_id'] as string;
    await answerFromAfar(await signedIn(platform));
    const tokens = tokensOf(await pollFromAfar(platform, id));
    expect(claimsOf(tokens.id_token)['acr']).toEqual(expect.any(String));
    expect(claimsOf(tokens.id_token)['acr']).not.toBe('phr');
  });
});

describe('a signed backchannel request (CIBA §7.1.1)', () => {
  const signing = {
    jwks: { keys: [heatlensKey.jwk] },
    backchannel_authentication_request_signing_alg: 'ES256',
  };

  function sign(claims: object = {}, key = heatlensKey): string {
    const now = platform.clock.nowSeconds();
    return signJwtSync(key, 'JWT', {
      iss: desk,
      aud: platform.issuer,
      iat: now,
      nbf: now,
      exp: now + 300,
      jti: randomUUID(),
      scope: 'openid buildings:read',
      login_hint: ada,
      requested_expiry: 90,
      binding_message: 'Tariff 7',
      ...claims,
    });
  }
  const ask = (request: string, words = {}) =>
    platform.post('/bc-authorize', { request, ...words }, desk);

  it('may contain all parameters of the request', async () => {
    await createWith(signing);
    expect((await ask(sign())).json).toMatchObject({ expires_in: 90 });
    const [waiting] = await waitingOf(await signedIn(platform));
    expect(waiting?.bindingMessage).toBe('Tariff 7');
  });

  it('is required of a client that registered for it, and no parameter may be beside it', async () => {
    await createWith(signing);
    const plain = { scope: 'openid', login_hint: ada };
    expect(errorOf(await platform.post('/bc-authorize', plain, desk))).toEqual([
      400,
      'invalid_request',
    ]);
    for (const word of [{ scope: 'openid' }, { login_hint: ada }, { binding_message: 'x' }])
      expect(errorOf(await ask(sign(), word))).toEqual([400, 'invalid_request']);
  });

  it('works once: the same jti is refused, also twenty times at once', async () => {
    await createWith(signing);
    const request = sign();
    const answers = await Promise.all(Array.from({ length: 20 }, () => ask(request)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
  });

  it.each([
    ['of another issuer', { iss: 'heatlens' }],
    ['for another server', { aud: 'https://other.example' }],
    ['that has expired', { exp: 1 }],
    ['of long ago', { nbf: 1 }],
    ['that lives too long', { exp: 4_000_000_000 }],
    ['without jti', { jti: undefined }],
    ['without iat', { iat: undefined }],
    ['without nbf', { nbf: undefined }],
  ])('is refused when it is %s', async (_, claims) => {
    await createWith(signing);
    expect(errorOf(await ask(sign(claims)))).toEqual([400, 'invalid_request']);
  });

  it.each(['another key', 'another algorithm', 'no signature', 'no token'])(
    'is refused with %s',
    async (what) => {
      await createWith(signing);
      const [header, payload] = sign().split('.');
      const none = Buffer.from(JSON.stringify({ alg: 'none', typ: 'JWT' })).toString('base64url');
      const request = {
        'another key': sign({}, { ...makeClientKey(), kid: heatlensKey.kid }),
        'another algorithm': sign({}, makeClientKey('RS256')),
        'no signature': `${none}.${payload}.`,
        'no token': createHash('sha256')
          .update(header ?? '')
          .digest('hex'),
      }[what];
      expect(errorOf(await ask(request ?? ''))).toEqual([400, 'invalid_request']);
    },
  );

  it('is not available without request objects: then a client that must sign cannot ask', async () => {
    await createWith(signing, { features: { requestObjects: false } });
    expect(errorOf(await ask(sign()))).toEqual([400, 'request_not_supported']);
    const { json } = await platform.get('/.well-known/openid-configuration');
    expect(json['backchannel_authentication_request_signing_alg_values_supported']).toBeUndefined();
    expect(json['grant_types_supported']).toContain(cibaGrant);
  });
});
