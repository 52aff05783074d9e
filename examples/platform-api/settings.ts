/** What this API must be told, all of it by environment. */
export interface Settings {
  readonly port: number;
  /** Address to listen on. */
  readonly host: string;
  /** The authorization server whose tokens count. */
  readonly issuer: string;
  /** How this API is called in the `resource` parameter and in the `aud` of its tokens. */
  readonly audience: string;
  /** The buildings, as JSON; changes are written back. */
  readonly dataFile: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

const required = ['ISSUER', 'AUDIENCE', 'DATA_FILE'] as const;

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
    dataFile: read('DATA_FILE'),
  };
}

function parsePort(text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new Error('PORT must be a number up to 65535');
  return port;
}
