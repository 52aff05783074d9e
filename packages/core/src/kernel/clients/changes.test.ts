import { describe, expect, it } from 'vitest';
import type { Client } from '../../model/entities.ts';
import { changedMembers } from './changes.ts';
import type { ClientSettings } from '../../model/client-settings.ts';

const encryption = { alg: 'RSA-OAEP-256', enc: 'A256GCM' };
const uri = 'https://app.example/x';

/** Every member, so that whoever adds one says here what it is called when it changes. */
const settings: Required<ClientSettings> = {
  profile: 'fapi-2',
  responseTypes: ['code'],
  responseModes: ['query'],
  jwks: { keys: [] },
  jwksUri: uri,
  tokenEndpointAuthSigningAlg: 'ES256',
  tlsClientAuth: { kind: 'san_dns', value: 'app.example' },
  dpopBoundAccessTokens: true,
  certificateBoundAccessTokens: true,
  requirePushedRequests: true,
  requireSignedRequestObject: true,
  requestObjectSigningAlg: 'ES256',
  requestObjectEncryption: encryption,
  requestUris: [uri],
  defaultMaxAge: 60,
  requireAuthTime: true,
  defaultAcrValues: ['x'],
  authorizationDetailsTypes: ['x'],
  requirePkce: false,
  firstPartyChallenge: true,
  refreshAbsoluteSeconds: 'never',
  refreshRetrySeconds: 'until_used',
  authorizationSignedResponseAlg: 'ES256',
  authorizationEncryption: encryption,
  idTokenEncryption: encryption,
  brandName: 'x',
  brandAccent: '#000000',
  brandLogo: 'data:image/png;base64,AAAA',
  idTokenClaims: 'from_scopes',
  userinfoSignedResponseAlg: 'ES256',
  userinfoEncryption: encryption,
  introspectionSignedResponseAlg: 'ES256',
  introspectionEncryption: encryption,
  subjectType: 'pairwise',
  sectorIdentifierUri: uri,
  postLogoutRedirectUris: [uri],
  backchannelLogoutUri: uri,
  backchannelLogoutSessionRequired: true,
  frontchannelLogoutUri: uri,
  frontchannelLogoutSessionRequired: true,
  backchannelTokenDeliveryMode: 'ping',
  backchannelClientNotificationEndpoint: uri,
  backchannelAuthenticationRequestSigningAlg: 'ES256',
  backchannelUserCodeParameter: true,
  tokenExchange: { impersonation: true, delegation: false, audiences: [] },
  assertionIssuers: [uri],
  logoUri: uri,
  policyUri: uri,
  tosUri: uri,
  initiateLoginUri: uri,
  contacts: ['x'],
  softwareId: 'x',
  softwareVersion: 'x',
  softwareStatement: 'x',
  registrationTokenDigest: 'x',
};
const client: Required<Client> = {
  id: 'app',
  kind: 'web',
  trust: 'third-party',
  name: 'App',
  publisher: 'Nordwind',
  homepage: uri,
  redirectUris: [uri],
  grantTypes: ['authorization_code'],
  scopes: ['openid'],
  optionalScopes: ['openid'],
  authenticationMethods: ['client_secret_basic'],
  secrets: [{ id: 'sec_1', digest: 'd', createdAt: 1 }],
  idTokenAlgorithm: 'ES256',
  settings: {},
  status: 'active',
  origin: 'command',
  createdAt: 1,
  tokensEndedAt: 1,
};

describe('the names of the changed members of a client', () => {
  it('are none when nothing changed, with the members in any order', () => {
    const reversed = Object.fromEntries(Object.entries(client).reverse()) as unknown as Client;
    expect(
      changedMembers({ ...client, settings }, { ...reversed, settings: { ...settings } }),
    ).toEqual([]);
  });

  it.each<[keyof Client, string]>([
    ['id', 'client_id'],
    ['kind', 'kind'],
    ['trust', 'trust'],
    ['name', 'client_name'],
    ['publisher', 'publisher'],
    ['homepage', 'client_uri'],
    ['redirectUris', 'redirect_uris'],
    ['grantTypes', 'grant_types'],
    ['scopes', 'scope'],
    ['optionalScopes', 'optional_scope'],
    ['authenticationMethods', 'token_endpoint_auth_method'],
    ['secrets', 'client_secret'],
    ['idTokenAlgorithm', 'id_token_signed_response_alg'],
    ['status', 'status'],
    ['origin', 'origin'],
    ['createdAt', 'created_at'],
    ['tokensEndedAt', 'tokens_ended_at'],
  ])('of %s is %s', (member, name) => {
    // The optional ones are of those that it has.
    const list = member === 'scopes' ? [...client.scopes, 'other'] : ['other'];
    const value = Array.isArray(client[member]) ? list : 'other';
    expect(changedMembers(client, { ...client, [member]: value })).toEqual([name]);
  });

  it('include the secret when the client gives up one of two authentication methods', () => {
    const both: Client = {
      ...client,
      authenticationMethods: ['client_secret_basic', 'client_secret_post'],
    };
    expect(changedMembers(both, client)).toEqual(['token_endpoint_auth_method']);
  });

  it.each(Object.keys(settings) as (keyof ClientSettings)[])(
    'are the metadata names for %s',
    (name) => {
      const changed = changedMembers(client, { ...client, settings: { [name]: settings[name] } });
      expect(changed).not.toEqual([]);
      for (const member of changed) expect(member).toMatch(/^[a-z_]+$/);
      expect(changed).not.toContain('settings');
    },
  );
});
