/** Every grant, for every kind and trust: the tier decides, whatever is stored for the client. */
import {
  type Client,
  type ClientKind,
  type ClientRegistration,
  clientKinds,
  type ClientTrust,
  clientTrusts,
  ConfigError,
  featureNames,
  features,
  type GrantType,
  grantTypes,
  registerClient,
} from '@keywright/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TestPlatform } from '../src/index.ts';
import { allow, createSunrise } from './sunrise.ts';

const device = 'urn:ietf:params:oauth:grant-type:device_code';
const ciba = 'urn:openid:params:grant-type:ciba';
const app = {
  first: ['authorization_code', 'refresh_token', 'password', device],
  third: ['authorization_code', 'refresh_token', device],
  unverified: ['authorization_code', 'refresh_token'],
} as const;
const service = [
  'client_credentials',
  'urn:ietf:params:oauth:grant-type:token-exchange',
  'urn:ietf:params:oauth:grant-type:jwt-bearer',
] as const;
const browserApp = ['authorization_code', 'refresh_token', 'implicit'] as const;

/** The table of the house rules, written again on purpose. */
const allowed: Readonly<Record<`${ClientTrust} ${ClientKind}`, readonly GrantType[]>> = {
  'first-party web': [...app.first, ciba],
  'first-party native': app.first,
  'first-party browser': browserApp,
  'first-party service': service,
  'third-party web': [...app.third, ciba],
  'third-party native': app.third,
  'third-party browser': browserApp,
  'third-party service': service,
  'unverified web': app.unverified,
  'unverified native': app.unverified,
  'unverified browser': app.unverified,
  'unverified service': [],
};

const cases = clientTrusts.flatMap((trust) =>
  clientKinds.flatMap((kind) =>
    grantTypes.map((grant) => ({
      trust,
      kind,
      grant,
      open: allowed[`${trust} ${kind}`].includes(grant),
    })),
  ),
);

let platform: TestPlatform;
beforeAll(async () => {
  const withGrants = featureNames.filter((name) => features[name].grant !== undefined);
  platform = await createSunrise({
    features: Object.fromEntries(withGrants.map((name) => [name, true])),
  });
});
afterAll(() => platform.close());

const redirect_uri = 'https://matrix.example/callback';

/** A client as in a store into which somebody wrote every grant by hand. */
async function store(kind: ClientKind, trust: ClientTrust): Promise<Client> {
  const client: Client = {
    id: `matrix-${trust}-${kind}`,
    kind,
    trust,
    name: 'Matrix',
    redirectUris: [redirect_uri],
    grantTypes,
    scopes: ['openid'],
    optionalScopes: [],
    authenticationMethods: ['none'],
    secrets: [],
    idTokenAlgorithm: 'ES256',
    status: 'active',
    origin: 'command',
    createdAt: 0,
    settings: {
      tokenExchange: { impersonation: true, delegation: true, audiences: ['https://api.example'] },
    },
  };
  await platform.store.clients.save(client);
  return client;
}

/** The error of the grant. Undefined if it succeeded. */
async function errorOf(client: Client, grant: GrantType): Promise<string | null | undefined> {
  const words = { client_id: client.id, redirect_uri, scope: 'openid' };
  if (grant === 'authorization_code')
    return (await allow(platform, words)).searchParams.get('error');
  if (grant === 'implicit') {
    const back = await allow(platform, { ...words, response_type: 'id_token' });
    return new URLSearchParams(back.hash.slice(1)).get('error');
  }
  const form = {
    grant_type: grant,
    refresh_token: 'x',
    username: 'ada@example.com',
    password: 'correct horse',
  };
  const answer = await platform.post('/token', form, client.id);
  return answer.json['error'] as string | undefined;
}

describe('a grant type that the tier does not allow is unauthorized_client, also if the stored client has it:', () => {
  it.each(cases)('$trust $kind, $grant: $open', async ({ kind, trust, grant, open }) => {
    const client = await store(kind, trust);
    const error = await errorOf(client, grant);
    if (open) expect(error).not.toBe('unauthorized_client');
    else expect(error).toBe('unauthorized_client');
  });
});

/** What a grant needs in addition to its name. */
const needed: Partial<Record<GrantType, Partial<ClientRegistration>>> = {
  'urn:ietf:params:oauth:grant-type:token-exchange': {
    token_exchange: { impersonation: true, audiences: ['https://api.example'] },
  },
  'urn:ietf:params:oauth:grant-type:jwt-bearer': { assertion_issuers: ['https://partner.example'] },
};

describe('registration refuses a grant type that the tier never allows, and says so:', () => {
  it.each(cases)('$trust $kind, $grant: $open', ({ kind, trust, grant, open }) => {
    const register = () =>
      registerClient(
        {
          kind,
          trust,
          client_name: 'Matrix',
          grant_types:
            grant === 'refresh_token' ? ['authorization_code', 'refresh_token'] : [grant],
          ...(kind === 'service' ? {} : { redirect_uris: [redirect_uri] }),
          ...needed[grant],
        },
        { now: 0, random: platform.ports.random, apis: [], origin: 'command' },
      );
    if (open) expect(register().client.grantTypes).toContain(grant);
    else expect(register).toThrow(ConfigError);
  });
});

describe('the legacy grants are off until the client names them:', () => {
  it.each([
    ['first-party', 'web', 'password'],
    ['third-party', 'browser', 'implicit'],
  ] as const)('a %s %s client without grant_types does not have %s', (trust, kind, grant) => {
    const { client } = registerClient(
      { kind, trust, client_name: 'Matrix', redirect_uris: [redirect_uri] },
      { now: 0, random: platform.ports.random, apis: [], origin: 'command' },
    );
    expect(client.grantTypes).not.toContain(grant);
  });
});
