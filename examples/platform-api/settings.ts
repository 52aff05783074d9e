/** What this API must be told, all of it by environment. */
export interface Settings {
  readonly port: number;
  /** Address to listen on. */
  readonly host: string;
  /** The authorization server whose tokens count. */
  readonly issuer: string;
  /** How this API is called in the `resource` parameter and in the `aud` of its tokens. */
  readonly audience: string;
  /** This API as a client of the authorization server: it asks there about API keys. */
  readonly clientId: string;
  readonly clientSecret: string;
  /** What sealed API keys are opened with: a JWK set of private keys, the one to seal for first. */
  readonly decryptionKeysFile: string;
  /** The buildings, as JSON; changes are written back. */
  readonly dataFile: string;
  /** Where refusals are written down, a JSON object a line; on standard output if undefined. */
  readonly refusalLog: string | undefined;
}

type Environment = Readonly<Record<string, string | undefined>>;

const required = [
  'ISSUER',
  'AUDIENCE',
  'CLIENT_ID',
  'CLIENT_SECRET',
  'DECRYPTION_KEYS_FILE',
  'DATA_FILE',
] as const;

/** @throws Error that names every missing variable. */
export function parseSettings(environment: Environment): Settings {
  const missing = required.filter((name) => !environment[name]);
  if (missing.length > 0) throw new Error(`Set these in the environment: ${missing.join(', ')}`);
  const read = (name: (typeof required)[number]) => environment[name] ?? '';
  return {
    port: parsePort(environment['PORT'] ?? '4001'),
    host: environment['HOST'] ?? '127.0.0.1',
    issuer: read('ISSUER'),
    audience: read('AUDIENCE'),
    clientId: read('CLIENT_ID'),
    clientSecret: read('CLIENT_SECRET'),
    decryptionKeysFile: read('DECRYPTION_KEYS_FILE'),
    dataFile: read('DATA_FILE'),
    refusalLog: environment['REFUSAL_LOG'] || undefined,
  };
}

function parsePort(text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new Error('PORT must be a number up to 65535');
  return port;
}
