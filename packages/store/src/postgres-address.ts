/** `postgres://…` as it stands in a configuration: checked, and split into what is for pg and what is for us. */
export interface PostgresAddress {
  /** For pg. Holds the password: never to be shown; `showAddress` is. */
  readonly connectionString: string;
  /** False behind a pooler of transactions that does not know prepared statements. */
  readonly prepare: boolean;
  readonly connections: number;
}

/** The address of the database cannot be used as it stands. The message holds nothing of it that could be secret. */
export class DatabaseAddressError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'DatabaseAddressError';
  }
}

const schemes = /^postgres(?:ql)?:\/\//;

export function isPostgresAddress(database: string): boolean {
  return schemes.test(database);
}

const ofPg = ['host', 'sslmode', 'sslrootcert', 'sslcert', 'sslkey', 'options'];
const ours = ['prepare', 'connections'];
/** Not `require` or `prefer`: they mean different things to different programs. */
const protections = ['verify-full', 'no-verify', 'disable'];
const defaultConnections = 10;

/** Throws `DatabaseAddressError`. */
export function parsePostgresAddress(database: string): PostgresAddress {
  const url = parseUrl(database);
  for (const name of url.searchParams.keys())
    if (![...ofPg, ...ours].includes(name))
      throw new DatabaseAddressError(
        `The parameter ${name} is not known; known are ${[...ofPg, ...ours].join(', ')}.`,
      );
  assertProtected(url);
  const address = {
    prepare: readPrepare(url.searchParams.get('prepare')),
    connections: readConnections(url.searchParams.get('connections')),
  };
  for (const name of ours) url.searchParams.delete(name);
  return { ...address, connectionString: url.href };
}

/** Without password and parameters: for logs and for people. */
export function showAddress(database: string): string {
  if (!isPostgresAddress(database)) return database;
  const { username, host, pathname } = parseUrl(database);
  return `postgres://${username === '' ? '' : `${username}@`}${host}${pathname}`;
}

function parseUrl(database: string): URL {
  try {
    return new URL(database);
  } catch {
    // The fault of URL quotes what it was given.
    throw new DatabaseAddressError(
      'It is not an address of the form postgres://user:password@host:port/name.',
    );
  }
}

/** The way to another machine is encrypted, or it is said by name that it is not. */
function assertProtected(url: URL): void {
  const mode = url.searchParams.get('sslmode');
  if (mode === null ? isOnThisMachine(url) : protections.includes(mode)) return;
  throw new DatabaseAddressError(
    mode === null
      ? 'The database is on another machine: say sslmode=verify-full, or sslmode=disable on a network that nobody else is on.'
      : `sslmode=${mode} is not taken: say one of ${protections.join(', ')}.`,
  );
}

function isOnThisMachine(url: URL): boolean {
  const host = url.searchParams.get('host') ?? decodeURIComponent(url.hostname);
  return host === '' || host.startsWith('/') || /^(?:localhost|127(?:\.\d+){3}|\[?::1\]?)$/.test(host);
}

function readPrepare(text: string | null): boolean {
  if (text === null || text === 'true') return true;
  if (text === 'false') return false;
  throw new DatabaseAddressError('prepare is true or false.');
}

function readConnections(text: string | null): number {
  if (text === null) return defaultConnections;
  if (/^[1-9]\d{0,2}$/.test(text)) return Number(text);
  throw new DatabaseAddressError('connections is a whole number from 1 to 999.');
}
