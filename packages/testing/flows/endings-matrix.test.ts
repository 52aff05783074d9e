/**
 * Every type of credential with every way in which it may end: the answer, and the cause in the log
 * (`note`, or the member that has the cause). Each credential has a row, and each ending a column.
 * A cell with `lives` is a promise too.
 */
import { type Client, makeInitialToken } from '@keywright/core';
import { tokenExchangeGrant } from '@keywright/wire';
import { afterEach, describe, expect, it } from 'vitest';
import { createSelfSigned } from '../../jwt/src/testing-parts/certificates.ts';
import { type Answer, readForm, type TestPlatform } from '../src/index.ts';
import { exchange as exchangeKey, issue } from './api-key-setting.ts';
import { push, shortLink } from './authorize-setting.ts';
import { assertionOf, signingClient } from './client-assertions.ts';
import {
  answerDevice,
  answerFromAfar,
  askAsDevice,
  asking,
  createDeferred,
  desk,
  idOfRequest,
  pollAsDevice,
  pollFromAfar,
  signedIn,
  television,
} from './deferred-setting.ts';
import { accessTokenType } from './exchange-setting.ts';
import { manage, register, webApp } from './dynamic-clients.ts';
import {
  ada,
  allow,
  authorizeLink,
  buildings,
  clients,
  obtainCode,
  obtainTokens,
  redeem,
  refresh,
} from './sunrise.ts';

const certificate = createSelfSigned({ subject: [['CN', 'anybody']] });
const service = {
  kind: 'service',
  trust: 'first-party',
  client_name: 'Meter',
  scope: 'buildings:read',
} as const;
const shownJwk = {
  ...certificate.publicKey.export({ format: 'jwk' }),
  kid: 'tls',
  x5c: [certificate.der.toString('base64')],
};
const exchanging = {
  grant_types: ['client_credentials', tokenExchangeGrant],
  token_exchange: { delegation: true, impersonation: true, audiences: [buildings] },
};

let platform: TestPlatform;
afterEach(() => platform?.close());

async function start(): Promise<void> {
  platform = await createDeferred({
    features: { mutualTls: true, tokenExchange: true, registration: 'initial-token' },
    clients: [
      ...clients.map((one) =>
        one.client_id === 'buildings-api'
          ? { ...one, ...exchanging, scope: 'buildings:read' }
          : one,
      ),
      ...asking,
      { ...service, ...signingClient, client_id: 'signing' },
      {
        ...service,
        client_id: 'certified',
        token_endpoint_auth_method: 'self_signed_tls_client_auth',
        jwks: { keys: [shownJwk] },
      },
    ],
  });
}

const now = () => platform.clock.nowSeconds();
const adaId = () => platform.accounts.get(ada)?.id ?? '';
const grant_type = 'client_credentials';

/** The credential that was obtained. */
interface Held {
  readonly clientId: string;
  /** Presents it again. */
  readonly present: () => Promise<Answer>;
  /** How long it is valid, if it expires. */
  readonly lifeSeconds?: number;
  /** Revokes it, if this is different from ending the consent. */
  readonly revoke?: () => unknown;
}

async function changeClient(
  id: string,
  changes: (client: Client) => Partial<Client>,
): Promise<void> {
  const client = await platform.store.clients.load(id);
  if (client === undefined) throw new Error('no client');
  await platform.store.clients.save({ ...client, ...changes(client) });
}

/** Ends its secrets and its keys. */
const endAuthentication = (id: string) => () =>
  changeClient(id, ({ settings }) => ({
    secrets: [],
    settings: { ...settings, jwks: { keys: [] } },
  }));

async function holdAccessToken(): Promise<string> {
  return (await obtainTokens(platform)).access_token;
}

async function holdRegistered() {
  const { token } = makeInitialToken(platform.ports, { uses: 9, expiresInSeconds: 3600 });
  const { json } = await register(platform, webApp, token);
  return json;
}

const credentials = {
  'client secret': async () => {
    const expiresAt = now() + 3600;
    await changeClient('collector', ({ secrets }) => ({
      secrets: secrets.map((secret) => ({ ...secret, expiresAt })),
    }));
    return {
      clientId: 'collector',
      present: () => platform.post('/token', { grant_type }, 'collector'),
      lifeSeconds: 3600,
      revoke: endAuthentication('collector'),
    };
  },
  'client assertion': async () => {
    const made = assertionOf(platform, 'signing');
    return {
      clientId: 'signing',
      present: () => platform.browser().post('/token', { grant_type, ...made }),
      lifeSeconds: 60,
      revoke: endAuthentication('signing'),
    };
  },
  'client certificate': async () => ({
    clientId: 'certified',
    present: () =>
      platform
        .browser('192.0.2.1', { raw: certificate.der, isVerified: false })
        .post('/token', { grant_type, client_id: 'certified' }),
    revoke: endAuthentication('certified'),
  }),
  'API key': async () => {
    const { key, text } = await issue(platform, { lifetimeSeconds: 3600 });
    return {
      clientId: 'collector',
      present: () => exchangeKey(platform, text),
      lifeSeconds: 3600,
      revoke: () => platform.store.apiKeys.revoke(key.id, 'lost', now()),
    };
  },
  'authorization code': async () => {
    const code = await obtainCode(platform);
    return { clientId: 'heatlens', present: () => redeem(platform, code), lifeSeconds: 60 };
  },
  'refresh token that is replaced': async () => {
    const { refresh_token } = await obtainTokens(platform);
    return {
      clientId: 'heatlens',
      present: () => refresh(platform, refresh_token),
      lifeSeconds: 400 * 86_400,
    };
  },
  'device code': async () => {
    const asked = await askAsDevice(platform);
    await answerDevice(await signedIn(platform), asked.user_code);
    return {
      clientId: television,
      present: () => pollAsDevice(platform, asked.device_code),
      lifeSeconds: asked.expires_in,
    };
  },
  auth_req_id: async () => {
    const browser = await signedIn(platform);
    const id = await idOfRequest(platform);
    await answerFromAfar(browser);
    return { clientId: desk, present: () => pollFromAfar(platform, id), lifeSeconds: 600 };
  },
  request_uri: async () => {
    const request_uri = await push(platform);
    return {
      clientId: 'heatlens',
      present: () => platform.browser().get(shortLink({ request_uri })),
      lifeSeconds: 60,
    };
  },
  'registration access token': async () => {
    const registered = await holdRegistered();
    return {
      clientId: String(registered['client_id']),
      present: () => manage(platform, 'GET', registered),
      revoke: () => manage(platform, 'DELETE', registered),
    };
  },
  'initial access token': async () => {
    const { token } = makeInitialToken(platform.ports, { uses: 1, expiresInSeconds: 3600 });
    return {
      clientId: 'collector',
      present: () => register(platform, webApp, token),
      lifeSeconds: 3600,
      revoke: () => register(platform, webApp, token),
    };
  },
  session: async () => {
    const browser = platform.browser();
    await allow(platform, {}, browser);
    return {
      clientId: 'heatlens',
      present: () => browser.get(authorizeLink({ prompt: 'none', max_age: '864000000' })),
      lifeSeconds: 400 * 86_400,
    };
  },
  'session, with max_age': async () => {
    const browser = platform.browser();
    await allow(platform, {}, browser);
    return {
      clientId: 'heatlens',
      present: () => browser.get(authorizeLink({ prompt: 'none', max_age: '60' })),
      lifeSeconds: 61,
    };
  },
  'access token at userinfo': async () => {
    const authorization = `Bearer ${await holdAccessToken()}`;
    return {
      clientId: 'heatlens',
      present: () => platform.get('/userinfo', { authorization }),
      lifeSeconds: 600,
    };
  },
  'access token at introspection': async () => {
    const token = await holdAccessToken();
    return {
      clientId: 'heatlens',
      present: () => platform.post('/introspect', { token }, 'buildings-api'),
      lifeSeconds: 600,
    };
  },
  'access token at the exchange': async () => {
    const form = {
      grant_type: tokenExchangeGrant,
      subject_token: await holdAccessToken(),
      subject_token_type: accessTokenType,
      audience: buildings,
    };
    return {
      clientId: 'heatlens',
      present: () => platform.post('/token', form, 'buildings-api'),
      lifeSeconds: 600,
    };
  },
} satisfies Readonly<Record<string, () => Promise<Held>>>;

async function changePassword(): Promise<void> {
  const browser = await signedIn(platform);
  const page = await browser.get('/account/password');
  const fresh = 'lantern gravel umbrella';
  const typed = { password: 'correct horse', new_password: fresh, new_password_again: fresh };
  const { status } = await browser.post('/account/password', { ...readForm(page), ...typed });
  expect(status).toBe(303);
}

async function takeBack({ clientId, revoke }: Held): Promise<void> {
  if (revoke !== undefined) {
    await revoke();
    return;
  }
  const grant = await platform.store.grants.load(adaId(), clientId);
  if (grant !== undefined) await platform.store.grants.end(grant.id, adaId(), now());
}

const endings = {
  nothing: () => undefined,
  expired: ({ lifeSeconds = 0 }: Held) => platform.clock.advance(lifeSeconds),
  'client disabled': ({ clientId }: Held) => platform.store.clients.disable(clientId, now()),
  'account disabled': () => platform.store.accounts.disable(adaId(), now()),
  'taken back': takeBack,
  'profile changed': ({ clientId }: Held) =>
    changeClient(clientId, ({ settings }) => ({ settings: { ...settings, profile: 'fapi-2' } })),
  'password changed': changePassword,
} as const;

/** Members of the log's line that name a cause. */
const causes = ['note', 'apiKey', 'outcome', 'description'] as const;

/** Longer than a node may cache clients and APIs. */
const cacheSeconds = 6;

/** `lives`, or the status, the error, the reason and the cause in the log. */
function describeAnswer(answer: Answer): string {
  const { status, headers } = answer;
  const json = answer.body === '' ? {} : answer.json;
  const { search, hash } = headers['location'] === undefined ? new URL('x:') : answer.location;
  const told = new URLSearchParams(search || hash.slice(1));
  if (status < 400 && !told.has('error')) return json['active'] === false ? 'inactive' : 'lives';
  const refused = platform.events.findLast(({ type }) => type === 'refused');
  const cause = causes.map((name) => refused?.[name]).find((value) => value !== undefined);
  const error = told.get('error') ?? json['error'] ?? json['page'];
  return [status, error, refused?.['reason'], cause]
    .filter((part) => typeof part === 'string' || typeof part === 'number')
    .join(' | ');
}

const unauthenticated = '401 | invalid_client | client_authentication_failed';
const disabled = `${unauthenticated} | unknown or disabled client`;
const refusedByProfile = `${unauthenticated} | its profile does not allow this method`;
const deadCode = '400 | invalid_grant | code_invalid | expired';
const endedRefresh = '400 | invalid_grant | refresh_token_invalid | ended';
const waiting = {
  expired: '400 | expired_token | deferred_expired',
  'client disabled': disabled,
  'account disabled': '400 | invalid_grant | deferred_invalid | expired',
  'taken back': '400 | invalid_grant | deferred_invalid | expired',
  'profile changed': refusedByProfile,
  // A request that a user allowed with the former password is denied.
  'password changed': '400 | access_denied | deferred_denied',
};
const signedInBefore = {
  expired: '303 | login_required',
  'client disabled': '400 | error | client_unknown',
  'account disabled': '303 | login_required',
  'taken back': '303 | consent_required',
  'profile changed': '303 | invalid_request',
  'password changed': '303 | login_required',
};
const unregistered = '401 | invalid_token | registration_token_invalid';
const ended = '401 | invalid_token | token_ended';
const noSubject = '400 | invalid_request | subject_token_invalid';
const noEndedSubject = `${noSubject} | ended, or from the implicit grant`;

type Ending = Exclude<keyof typeof endings, 'nothing'>;

/** An ending without an entry does not apply to this credential. */
const expected: Readonly<
  Record<keyof typeof credentials, Readonly<Partial<Record<Ending, string>>>>
> = {
  'client secret': {
    expired: `${unauthenticated} | wrong or expired secret`,
    'client disabled': disabled,
    'account disabled': 'lives',
    'taken back': `${unauthenticated} | wrong or expired secret`,
    'profile changed': refusedByProfile,
    'password changed': 'lives',
  },
  'client assertion': {
    expired: `${unauthenticated} | Client assertion: exp must be in the future.`,
    'client disabled': disabled,
    'account disabled': 'lives',
    'taken back': `${unauthenticated} | assertion: no such key`,
    // The profile accepts the method, and accepts no unbound token.
    'profile changed': '400 | invalid_request | sender_constraint_missing',
    'password changed': 'lives',
  },
  // The end of a certificate is checked when the connection is made.
  'client certificate': {
    'client disabled': disabled,
    'account disabled': 'lives',
    'taken back': `${unauthenticated} | not a certificate of its keys`,
    'profile changed': 'lives',
    'password changed': 'lives',
  },
  'API key': {
    expired: `${unauthenticated} | expired`,
    'client disabled': `${unauthenticated} | revoked`,
    'account disabled': 'lives',
    'taken back': `${unauthenticated} | revoked`,
    'profile changed': `${unauthenticated} | refused_by_profile`,
    'password changed': 'lives',
  },
  'authorization code': {
    expired: deadCode,
    'client disabled': disabled,
    'account disabled': deadCode,
    'taken back': deadCode,
    'profile changed': refusedByProfile,
    'password changed': deadCode,
  },
  'refresh token that is replaced': {
    expired: '400 | invalid_grant | refresh_token_invalid',
    'client disabled': disabled,
    'account disabled': endedRefresh,
    'taken back': endedRefresh,
    'profile changed': refusedByProfile,
    'password changed': endedRefresh,
  },
  'device code': waiting,
  auth_req_id: waiting,
  // It belongs to no user yet. The user who answers it signs in first.
  request_uri: {
    expired: '400 | error | request_uri_invalid',
    'client disabled': '400 | error | client_unknown',
    'account disabled': 'lives',
    'taken back': 'lives',
    'profile changed': 'lives',
    'password changed': 'lives',
  },
  'registration access token': {
    'client disabled': unregistered,
    'taken back': unregistered,
    'profile changed': 'lives',
  },
  'initial access token': {
    expired: unregistered,
    'taken back': `${unregistered} | used up`,
  },
  session: signedInBefore,
  'session, with max_age': signedInBefore,
  'access token at userinfo': {
    expired: '401 | invalid_token | token_expired',
    'client disabled': ended,
    'account disabled': ended,
    'taken back': ended,
    'profile changed': 'lives',
    'password changed': ended,
  },
  'access token at introspection': {
    expired: 'inactive',
    'client disabled': 'inactive',
    'account disabled': 'inactive',
    'taken back': 'inactive',
    'profile changed': 'lives',
    'password changed': 'inactive',
  },
  'access token at the exchange': {
    expired: `${noSubject} | token_expired`,
    'client disabled': noEndedSubject,
    'account disabled': noEndedSubject,
    'taken back': noEndedSubject,
    'profile changed': 'lives',
    'password changed': noEndedSubject,
  },
};

describe.each(Object.keys(credentials) as (keyof typeof credentials)[])(
  'the credential %s',
  (kind) => {
    async function presentAfter(how: keyof typeof endings): Promise<string> {
      await start();
      const held: Held = await credentials[kind]();
      await endings[how](held);
      if (how !== 'expired') platform.clock.advance(cacheSeconds);
      return describeAnswer(await held.present());
    }

    it('lives while nothing ends it', async () => {
      expect(await presentAfter('nothing')).toBe('lives');
    });

    it.each(Object.entries(expected[kind]) as [Ending, string][])(
      'after the event %s is: %s',
      async (how, told) => {
        expect(await presentAfter(how)).toBe(told);
      },
    );
  },
);
