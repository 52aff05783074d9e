/** What this application must be told, all of it by environment. */
export interface Settings {
  readonly port: number;
  /** Address to listen on. */
  readonly host: string;
  /** The authorization server's issuer identifier; everything else about it is discovered. */
  readonly issuer: URL;
  readonly clientId: string;
  readonly clientSecret: string;
  /** Where the platform's API answers. */
  readonly apiUrl: URL;
  /** How the API is named in the `resource` parameter (RFC 8707). */
  readonly resource: string;
  /** Where the authorization server sends people back to; its origin is our own public address. */
  readonly redirectUri: URL;
}

type Environment = Readonly<Record<string, string | undefined>>;

const required = [
  'ISSUER',
  'CLIENT_ID',
  'CLIENT_SECRET',
  'API_URL',
  'RESOURCE',
  'REDIRECT_URI',
] as const;

/** @throws Error that names every missing variable. */
export function parseSettings(environment: Environment): Settings {
  const missing = required.filter((name) => !environment[name]);
  if (missing.length > 0) throw new Error(`Set these in the environment: ${missing.join(', ')}`);
  const read = (name: (typeof required)[number]) => environment[name] ?? '';
  return {
    port: Number(environment['PORT'] ?? 4002),
    host: environment['HOST'] ?? '127.0.0.1',
    issuer: new URL(read('ISSUER')),
    clientId: read('CLIENT_ID'),
    clientSecret: read('CLIENT_SECRET'),
    apiUrl: new URL(read('API_URL')),
    resource: read('RESOURCE'),
    redirectUri: new URL(read('REDIRECT_URI')),
  };
}
