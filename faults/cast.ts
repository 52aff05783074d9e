/**
 * Who takes part: the clients, the API and the people of every configuration that the tests serve.
 */

export const api = 'https://api.sunrise.example';

const secret = (letter: string) => letter.repeat(43);

/** A third party's web application: codes and refresh tokens, and consent once for each user. */
export const webClient = {
  id: 'heatlens',
  secret: secret('h'),
  redirectUri: 'https://heatlens.example/callback',
  scope: 'openid offline_access buildings:read',
};

/** The operator's web application: no consent is asked. It has the password grant. */
export const ownClient = {
  id: 'sunrise-web',
  secret: secret('w'),
  redirectUri: 'https://sunrise.example/callback',
  scope: 'openid offline_access buildings:read',
};

export const service = { id: 'thermometer', secret: secret('t'), scope: 'buildings:read' };

/** The service of the API, which may introspect. */
export const apiClient = { id: 'sunrise-api', secret: secret('a') };

export const ada = {
  email: 'ada@example.com',
  name: 'Ada',
  password: 'a lamp in the attic window',
};
export const grace = {
  email: 'grace@example.com',
  name: 'Grace',
  password: 'the mill stands by the river',
};

/** Everything except ports and files. `settings` of a test replace whole members. */
export const configuration = {
  sealing_key_file: 'sealing.key',
  service_name: 'Sunrise Buildings',
  log: { level: 'warn' },
  apis: [
    {
      identifier: api,
      name: 'Sunrise Buildings',
      scopes: [{ name: 'buildings:read', description: 'See the buildings you own' }],
      introspectors: [apiClient.id],
    },
  ],
  clients: [
    {
      client_id: webClient.id,
      client_secret: webClient.secret,
      kind: 'web',
      trust: 'third-party',
      client_name: 'Heatlens',
      redirect_uris: [webClient.redirectUri],
      // One type of signature for both tokens, because RSA would take most of the measured time.
      id_token_signed_response_alg: 'ES256',
      scope: webClient.scope,
    },
    {
      client_id: ownClient.id,
      client_secret: ownClient.secret,
      kind: 'web',
      trust: 'first-party',
      client_name: 'Sunrise',
      redirect_uris: [ownClient.redirectUri],
      id_token_signed_response_alg: 'ES256',
      grant_types: ['authorization_code', 'refresh_token', 'password'],
      scope: ownClient.scope,
    },
    {
      client_id: service.id,
      client_secret: service.secret,
      kind: 'service',
      trust: 'first-party',
      client_name: 'Thermometer',
      scope: service.scope,
    },
    {
      client_id: apiClient.id,
      client_secret: apiClient.secret,
      kind: 'service',
      trust: 'first-party',
      client_name: 'Sunrise API',
      scope: '',
    },
  ],
  accounts: [ada, grace],
};
