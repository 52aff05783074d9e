/**
 * The peer, set up for the same extensions: DPoP, pushed requests, private_key_jwt and the device
 * flow are its own and only switched on, its pages are those it brings. Token exchange it leaves to
 * its users, with `registerGrantType` and a hint at its own grants (its documentation, "Custom
 * Grant Types"): here is the least that one of them would have to write.
 */
import { errors, type Provider, type TokenContext } from 'oidc-provider';
import type { Cast } from '../cast.ts';
import { publicJwk } from './access-token.ts';

const deviceGrant = 'urn:ietf:params:oauth:grant-type:device_code';
const exchangeGrant = 'urn:ietf:params:oauth:grant-type:token-exchange';
const accessTokenType = 'urn:ietf:params:oauth:token-type:access_token';

export function extensionClientsOf({
  extensions: { signer, exchanger, own },
}: Cast): readonly unknown[] {
  const service = { response_types: [], redirect_uris: [] };
  const basic = { token_endpoint_auth_method: 'client_secret_basic' };
  return [
    {
      ...service,
      client_id: signer.id,
      grant_types: ['client_credentials'],
      token_endpoint_auth_method: 'private_key_jwt',
      token_endpoint_auth_signing_alg: 'ES256',
      jwks: { keys: [publicJwk(signer.key)] },
    },
    {
      ...service,
      ...basic,
      client_id: exchanger.id,
      client_secret: exchanger.secret,
      grant_types: [exchangeGrant],
    },
    {
      ...basic,
      client_id: own.id,
      client_secret: own.secret,
      redirect_uris: [own.redirectUri],
      grant_types: ['authorization_code', 'refresh_token', deviceGrant],
      response_types: ['code'],
    },
  ];
}

export const extensionFeatures = {
  dPoP: { enabled: true },
  pushedAuthorizationRequests: { enabled: true },
  deviceFlow: { enabled: true },
};

export const extensionRoutes = {
  pushed_authorization_request: '/par',
  device_authorization: '/device_authorization',
  code_verification: '/device',
};

const parameters = ['audience', 'resource', 'scope', 'subject_token', 'subject_token_type'];

/** What the API is for the peer: what its resource indicators say of it. */
export type DescribeApi = () => { readonly scope: string };

/**
 * The subject token is looked up, its grant and its person are too; the new token is a JWT for the
 * API with no more than was granted.
 */
export function registerTokenExchange(
  provider: Provider,
  { api }: Cast,
  describeApi: DescribeApi,
): void {
  async function exchange({ oidc }: TokenContext): Promise<Readonly<Record<string, unknown>>> {
    const { params, client } = oidc;
    if (params['subject_token_type'] !== accessTokenType) throw new errors.InvalidRequest();
    if (params['audience'] !== api.identifier) throw new errors.InvalidTarget();
    const subject = await provider.AccessToken.find(params['subject_token'] ?? '');
    if (subject === undefined) throw new errors.InvalidGrant('subject token invalid');
    const grant = await provider.Grant.find(subject.grantId);
    if (grant === undefined) throw new errors.InvalidGrant('grant not found');
    const { accountId, grantId } = subject;
    const token = new provider.AccessToken({ accountId, client, grantId, gty: 'token_exchange' });
    token.resourceServer = new provider.ResourceServer(api.identifier, describeApi());
    token.scope = grant.getResourceScopeFiltered(
      api.identifier,
      (params['scope'] ?? '').split(' '),
    );
    if (token.scope === '')
      throw new errors.InvalidScope('nothing of it was granted', params['scope']);
    return {
      access_token: await token.save(),
      issued_token_type: accessTokenType,
      token_type: token.tokenType,
      expires_in: token.expiration,
      scope: token.scope,
    };
  }
  const handle = async (context: TokenContext) => {
    context.body = await exchange(context);
  };
  provider.registerGrantType(exchangeGrant, handle, parameters, ['audience', 'resource']);
}
