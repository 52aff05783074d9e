import { type Api, registerApi } from '@keywright/core';
import { tokenExchangeGrant } from '@keywright/wire';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { TestPlatform } from '../src/index.ts';
import { buildingAccess, detailApis, reading } from './details-setting.ts';
import {
  accessTokenType,
  actedBy,
  adasToken,
  createExchangePlatform,
  exchange,
  introspect,
  jwtType,
  ledger,
  meters,
  ownToken,
  signToken,
} from './exchange-setting.ts';
import { createKey, postAs } from './proofs.ts';
import { ada, buildings, claimsOf, headerOf } from './sunrise.ts';

let platform: TestPlatform;
beforeEach(async () => {
  platform = await createExchangePlatform();
});
afterEach(() => platform.close());

const adaId = () => platform.accounts.get(ada)?.id ?? '';
const tokenOf = ({ json }: { readonly json: Record<string, unknown> }) =>
  json['access_token'] as string;

describe('impersonation (RFC 8693 §1.1)', () => {
  it('gives a token for the subject, issued to the service, for the API that it named', async () => {
    const { access_token: subject } = await adasToken(platform);
    const answer = await exchange(platform, subject);
    expect(answer.status).toBe(200);
    expect(answer.headers['cache-control']).toBe('no-store');
    expect(answer.json).toMatchObject({
      issued_token_type: accessTokenType,
      token_type: 'Bearer',
      scope: 'buildings:read measurements:read',
    });
    expect(answer.json).not.toHaveProperty('refresh_token');
    expect(answer.json).not.toHaveProperty('id_token');
    const claims = claimsOf(tokenOf(answer));
    expect(headerOf(tokenOf(answer))['typ']).toBe('at+jwt');
    expect(claims).toMatchObject({
      sub: adaId(),
      client_id: 'buildings-api',
      aud: meters,
      auth_time: claimsOf(subject)['auth_time'],
    });
    expect(claims).not.toHaveProperty('act');
  });

  it('keeps the pairwise subject of the subject token, and gives the service no other identifier of the user', async () => {
    const client = await platform.store.clients.load('heatlens');
    if (client === undefined) throw new Error('there is no client');
    await platform.store.clients.save({
      ...client,
      settings: { ...client.settings, subjectType: 'pairwise' },
    });
    const { access_token: subject } = await adasToken(platform);
    const { sub } = claimsOf(subject);
    expect(sub).not.toBe(adaId());
    const first = tokenOf(await exchange(platform, subject));
    const opaque = tokenOf(await exchange(platform, subject, { audience: ledger }));
    const further = tokenOf(await exchange(platform, first, { audience: buildings }));
    const actor = tokenOf(await exchange(platform, subject, actedBy(subject)));
    for (const token of [first, opaque, further, actor]) {
      const told = await introspect(platform, token);
      expect(told).toMatchObject({ active: true, sub });
      expect(JSON.stringify(told)).not.toContain(adaId());
    }
    expect(claimsOf(actor)['act']).toEqual({ sub });
    // It ends with the token for which it was exchanged.
    await platform.store.accounts.disable(adaId(), platform.clock.nowSeconds());
    expect(await introspect(platform, first)).toEqual({ active: false });
  });

  it('gives the subject by which a pairwise service knows the user', async () => {
    const service = await platform.store.clients.load('buildings-api');
    if (service === undefined) throw new Error('there is no service');
    const settings = {
      ...service.settings,
      subjectType: 'pairwise',
      sectorIdentifierUri: 'https://buildings.example/sector.json',
    } as const;
    await platform.store.clients.save({ ...service, settings });
    const { access_token: subject } = await adasToken(platform);
    const { sub } = claimsOf(tokenOf(await exchange(platform, subject)));
    expect(sub).not.toBe(claimsOf(subject)['sub']);
    expect(sub).not.toBe(adaId());
  });

  it('names the actor by the subject that the pairwise service knows, with each subject of the actor token', async () => {
    const load = async (id: string) => {
      const found = await platform.store.clients.load(id);
      if (found === undefined) throw new Error('there is no client');
      return found;
    };
    const service = await load('buildings-api');
    const sectorIdentifierUri = 'https://buildings.example/sector.json';
    const settings = { ...service.settings, subjectType: 'pairwise', sectorIdentifierUri } as const;
    await platform.store.clients.save({ ...service, settings });
    const { access_token: subject } = await adasToken(platform);
    const { act, sub } = claimsOf(tokenOf(await exchange(platform, subject, actedBy(subject))));
    expect(act).toEqual({ sub });
    const client = await load('heatlens');
    const pairwise = { ...client.settings, subjectType: 'pairwise' } as const;
    await platform.store.clients.save({ ...client, settings: pairwise });
    const { access_token: actor } = await adasToken(platform);
    expect(claimsOf(actor)['sub']).not.toBe(adaId());
    const acted = claimsOf(tokenOf(await exchange(platform, subject, actedBy(actor))));
    expect(acted['act']).toEqual({ sub });
  });

  it('shows how the user signed in, and shows authorization details only for the same API', async () => {
    const [declared, api] = [detailApis, await platform.store.apis.list()].map((all) =>
      all.find(({ identifier }) => identifier === buildings),
    ) as [(typeof detailApis)[number], Api];
    const { settings } = registerApi(declared, { apis: [], origin: 'config' });
    await platform.store.apis.save({ ...api, ...(settings && { settings }) });
    const service = await platform.store.clients.load('buildings-api');
    if (service === undefined) throw new Error('there is no service');
    const authorizationDetailsTypes = [buildingAccess];
    await platform.store.clients.save({
      ...service,
      settings: { ...service.settings, authorizationDetailsTypes },
    });
    const { access_token: adas } = await adasToken(platform);
    const authorization_details = [reading('b-1')];
    const subject = await signToken(platform, {
      ...claimsOf(adas),
      acr: 'urn:a',
      authorization_details,
    });
    const elsewhere = claimsOf(tokenOf(await exchange(platform, subject)));
    expect(elsewhere).toMatchObject({ aud: meters, acr: 'urn:a' });
    expect(elsewhere).not.toHaveProperty('authorization_details');
    const there = claimsOf(tokenOf(await exchange(platform, subject, { audience: buildings })));
    expect(there).toMatchObject({ aud: buildings, acr: 'urn:a', authorization_details });
    const bare = claimsOf(tokenOf(await exchange(platform, adas, { audience: buildings })));
    expect(bare).not.toHaveProperty('acr');
    expect(bare).not.toHaveProperty('authorization_details');
  });

  it('gives a token that never outlives the subject token (§2.2.1)', async () => {
    const { access_token: subject } = await adasToken(platform);
    platform.clock.advance(590);
    const answer = await exchange(platform, subject);
    expect(answer.json['expires_in']).toBe(10);
    expect(claimsOf(tokenOf(answer))['exp']).toBe(claimsOf(subject)['exp']);
  });

  it('accepts audience or resource, and both with the same value', async () => {
    const { access_token: subject } = await adasToken(platform);
    const words = { audience: [meters, meters], resource: meters };
    expect(claimsOf(tokenOf(await exchange(platform, subject, words)))['aud']).toBe(meters);
    const byResource = await exchange(platform, subject, { audience: '', resource: buildings });
    expect(claimsOf(tokenOf(byResource))['aud']).toBe(buildings);
  });

  it('without a target is for the only API, or for the one of the subject token', async () => {
    const { access_token: subject } = await adasToken(platform);
    const only = await exchange(platform, subject, { audience: '' }, 'imitator');
    expect(claimsOf(tokenOf(only))['aud']).toBe(meters);
    const same = await exchange(platform, subject, { audience: '' });
    expect(claimsOf(tokenOf(same))['aud']).toBe(buildings);
  });

  it('narrows the scope to what was requested and to what the service may have (§2.1)', async () => {
    const { access_token: subject } = await adasToken(platform);
    const asked = await exchange(platform, subject, { scope: 'measurements:read' });
    expect(asked.json['scope']).toBe('measurements:read');
    const ceiling = await exchange(platform, subject, {}, 'imitator');
    expect(ceiling.json['scope']).toBe('buildings:read');
  });

  it('gives a JWT where one is requested, and an opaque token for an API with opaque tokens', async () => {
    const { access_token: subject } = await adasToken(platform);
    const jwt = await exchange(platform, subject, { requested_token_type: jwtType });
    expect(jwt.json['issued_token_type']).toBe(jwtType);
    const opaque = await exchange(platform, subject, { audience: ledger });
    expect(tokenOf(opaque)).toMatch(/^at_/);
    expect(await introspect(platform, tokenOf(opaque))).toMatchObject({
      active: true,
      sub: adaId(),
      aud: ledger,
    });
    // The reverse: an opaque subject token.
    const back = await exchange(platform, tokenOf(opaque));
    expect(claimsOf(tokenOf(back))['sub']).toBe(adaId());
  });

  it('also accepts the subject token with the type of a JWT', async () => {
    const { access_token: subject } = await adasToken(platform);
    expect((await exchange(platform, subject, { subject_token_type: jwtType })).status).toBe(200);
  });

  it('accepts a token that was issued to the service itself, without a user', async () => {
    const subject = await ownToken(platform, 'buildings-api');
    const claims = claimsOf(tokenOf(await exchange(platform, subject)));
    expect(claims).toMatchObject({ sub: 'buildings-api', client_id: 'buildings-api', aud: meters });
  });

  it('is recorded in the log, and does not change the user’s account page', async () => {
    const { access_token: subject } = await adasToken(platform);
    await exchange(platform, subject);
    expect(platform.events).toContainEqual({
      type: 'token.exchanged',
      clientId: 'buildings-api',
      accountId: adaId(),
      fromClientId: 'heatlens',
      audience: meters,
      scopes: ['buildings:read', 'measurements:read'],
    });
    const grants = await platform.store.grants.list(adaId());
    expect(grants.items.map(({ clientId }) => clientId)).toEqual(['heatlens']);
  });
});

describe('in token exchange, a DPoP key of the service (RFC 9449 §5)', () => {
  const form = (subject: string) => ({
    grant_type: tokenExchangeGrant,
    subject_token: subject,
    subject_token_type: accessTokenType,
    audience: meters,
  });

  it('becomes the key of the new token', async () => {
    const { access_token: subject } = await adasToken(platform);
    const key = createKey();
    const dpop = key.proof(platform);
    const answer = await postAs(platform, '/token', form(subject), 'buildings-api', { dpop });
    expect(answer.json['token_type']).toBe('DPoP');
    expect(claimsOf(tokenOf(answer))['cnf']).toEqual({ jkt: key.thumbprint });
  });

  it('is required for a bound token of the service, and not for one that a caller sent to it', async () => {
    const key = createKey();
    const own = { grant_type: 'client_credentials', resource: buildings };
    const bound = await postAs(platform, '/token', own, 'buildings-api', {
      dpop: key.proof(platform),
    });
    const plain = await exchange(platform, tokenOf(bound));
    expect(plain.reason).toBe('subject_token_invalid');
    const other = { dpop: createKey().proof(platform) };
    const foreign = await postAs(platform, '/token', form(tokenOf(bound)), 'buildings-api', other);
    expect(foreign.reason).toBe('subject_token_invalid');
    const shown = { dpop: key.proof(platform) };
    expect(
      (await postAs(platform, '/token', form(tokenOf(bound)), 'buildings-api', shown)).status,
    ).toBe(200);
    const theirs = await postAs(platform, '/token', own, 'collector', {
      dpop: key.proof(platform),
    });
    expect((await exchange(platform, tokenOf(theirs))).status).toBe(200);
  });
});

describe('delegation (RFC 8693 §1.1, §4.1)', () => {
  it('names the actor for the subject in act', async () => {
    const { access_token: subject } = await adasToken(platform);
    const actor = await ownToken(platform, 'delegate');
    const answer = await exchange(platform, subject, actedBy(actor), 'delegate');
    expect(claimsOf(tokenOf(answer))).toMatchObject({ sub: adaId(), act: { sub: 'delegate' } });
    expect(await introspect(platform, tokenOf(answer))).toMatchObject({
      active: true,
      act: { sub: 'delegate' },
    });
  });

  it('keeps earlier actors, with the latest outside', async () => {
    const { access_token: subject } = await adasToken(platform);
    const [first, second] = [
      await ownToken(platform, 'delegate'),
      await ownToken(platform, 'buildings-api'),
    ];
    const one = await exchange(
      platform,
      subject,
      { ...actedBy(first), audience: buildings },
      'delegate',
    );
    const two = await exchange(platform, tokenOf(one), { ...actedBy(second), audience: buildings });
    const act = { sub: 'buildings-api', act: { sub: 'delegate' } };
    expect(claimsOf(tokenOf(two))['act']).toEqual(act);
    // A later service without its own actor does not hide the earlier actors.
    const three = await exchange(platform, tokenOf(two));
    expect(claimsOf(tokenOf(three))['act']).toEqual(act);
  });

  it('gives a token that expires with the first of the two tokens', async () => {
    const actor = await ownToken(platform, 'delegate');
    platform.clock.advance(300);
    const { access_token: subject } = await adasToken(platform);
    const answer = await exchange(platform, subject, actedBy(actor), 'delegate');
    expect(claimsOf(tokenOf(answer))['exp']).toBe(claimsOf(actor)['exp']);
  });

  it('accepts a user as the actor: an employee who acts for a customer', async () => {
    const { access_token: subject } = await adasToken(platform);
    const { access_token: actor } = await adasToken(platform);
    const answer = await exchange(platform, subject, actedBy(actor));
    expect(claimsOf(tokenOf(answer))['act']).toEqual({ sub: adaId() });
    expect(platform.events).toContainEqual(
      expect.objectContaining({ type: 'token.exchanged', actor: adaId() }),
    );
  });
});

describe('an exchanged token ends', () => {
  it.each([
    [
      'when the client revokes what it came from',
      async (refreshToken: string) =>
        void (await platform.post('/revoke', { token: refreshToken }, 'heatlens')),
    ],
    [
      'when the person takes the access back',
      async () => {
        const grant = await platform.store.grants.load(adaId(), 'heatlens');
        await platform.store.grants.end(grant?.id ?? '', adaId(), platform.clock.nowSeconds());
      },
    ],
    [
      'when the account is disabled',
      async () =>
        void (await platform.store.accounts.disable(adaId(), platform.clock.nowSeconds())),
    ],
    [
      'when the service is disabled that exchanged it',
      async () =>
        void (await platform.store.clients.disable('buildings-api', platform.clock.nowSeconds())),
    ],
  ])('%s', async (_, end) => {
    const { access_token: subject, refresh_token: refreshToken } = await adasToken(platform);
    const exchanged = tokenOf(await exchange(platform, subject));
    expect(await introspect(platform, exchanged, 'delegate')).toMatchObject({ active: true });
    await end(refreshToken);
    expect(await introspect(platform, exchanged, 'delegate')).toEqual({ active: false });
    await platform.store.clients.enable('buildings-api', platform.clock.nowSeconds() + 10);
    expect(await introspect(platform, exchanged, 'delegate')).toEqual({ active: false });
  });

  it('when the service whose own token it came from is disabled', async () => {
    const subject = await ownToken(platform, 'collector');
    const exchanged = tokenOf(await exchange(platform, subject));
    expect(claimsOf(exchanged)['sub']).toBe('collector');
    expect(await introspect(platform, exchanged)).toMatchObject({ active: true });
    expect((await exchange(platform, exchanged)).status).toBe(200);
    await platform.store.clients.disable('collector', platform.clock.nowSeconds());
    expect(await introspect(platform, exchanged)).toEqual({ active: false });
    expect((await exchange(platform, exchanged)).reason).toBe('subject_token_invalid');
    await platform.store.clients.enable('collector', platform.clock.nowSeconds() + 10);
    expect(await introspect(platform, exchanged)).toEqual({ active: false });
  });
});

describe('the metadata about token exchange', () => {
  it('names the grant type when it is on', async () => {
    const path = '/.well-known/oauth-authorization-server';
    const grant = 'urn:ietf:params:oauth:grant-type:token-exchange';
    expect((await platform.get(path)).json['grant_types_supported']).toContain(grant);
    await platform.close();
    platform = await createExchangePlatform({ features: {} });
    expect((await platform.get(path)).json['grant_types_supported']).not.toContain(grant);
  });
});
