/** What this service must be told, all of it by environment. */
export interface Settings {
  readonly apiUrl: string;
  /** How the API is called: the key is sealed for it, tokens are asked for it. */
  readonly resource: string;
  readonly credential: ApiKeyCredential | ClientCredential;
  readonly intervalSeconds: number;
}

export interface ApiKeyCredential {
  readonly apiKey: string;
}

export interface ClientCredential {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * With `API_KEY` the service calls with that key, otherwise with tokens for its secret.
 * @throws Error that names every missing variable
 */
export function parseSettings(environment: Environment): Settings {
  const client = ['ISSUER', 'CLIENT_ID', 'CLIENT_SECRET'];
  const required = ['API_URL', 'RESOURCE', ...(environment['API_KEY'] ? [] : client)];
  const missing = required.filter((name) => !environment[name]);
  if (missing.length > 0) throw new Error(`Set these in the environment: ${missing.join(', ')}`);
  const read = (name: string) => environment[name] ?? '';
  const intervalSeconds = Number(environment['INTERVAL_SECONDS'] ?? 5);
  if (!(intervalSeconds > 0)) throw new Error('INTERVAL_SECONDS must be a number above 0');
  const apiKey = read('API_KEY');
  return {
    apiUrl: read('API_URL'),
    resource: read('RESOURCE'),
    credential:
      apiKey === ''
        ? {
            issuer: read('ISSUER'),
            clientId: read('CLIENT_ID'),
            clientSecret: read('CLIENT_SECRET'),
          }
        : { apiKey },
    intervalSeconds,
  };
}
