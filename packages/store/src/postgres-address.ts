/**
 * Checks `postgres://…` of a configuration, and splits it into the part for pg and the part for us.
 */
export interface PostgresAddress {
  /**
   * For pg: one for each server that may be the primary. They hold the password, so never show
   * them. Show `showAddress`.
   */
  readonly connectionStrings: readonly string[];
  /** False behind a pooler of transactions that has no prepared statements. */
  readonly prepare: boolean;
  readonly connections: number;
}

/** The address of the database cannot be used. The message contains no secret of it. */
export class DatabaseAddressError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'DatabaseAddressError';
  }
}

const schemes = /^postgres(?:ql)?:\/\//;

/** Whether a database is on PostgreSQL. Does not check the rest of the address. */
export function isPostgresAddress(database: string): boolean {
  return schemes.test(database);
}

const ofPg = ['host', 'sslmode', 'sslrootcert', 'sslcert', 'sslkey', 'options'];
const ours = ['prepare', 'connections', 'target_session_attrs'];
/** Without `require` and `prefer`: these have different meanings in different programs. */
const protections = ['verify-full', 'no-verify', 'disable'];
const defaultConnections = 10;
/** All of them are asked if none is known to be the primary. */
const mostHosts = 9;

/**
 * Reads and checks the address of a PostgreSQL database. Does not connect.
 * @throws DatabaseAddressError for parts that are unknown, missing or unsafe
 */
export function parsePostgresAddress(database: string): PostgresAddress {
  const urls = parseUrls(database);
  const [{ searchParams }] = urls;
  assertKnown(searchParams);
  assertWritable(searchParams.get('target_session_attrs'));
  for (const url of urls) assertProtected(url);
  const address = {
    prepare: readPrepare(searchParams.get('prepare')),
    connections: readConnections(searchParams.get('connections')),
  };
  for (const url of urls) for (const name of ours) url.searchParams.delete(name);
  return { ...address, connectionStrings: urls.map((url) => url.href) };
}

/** Without password and parameters, for logs and messages. */
export function showAddress(database: string): string {
  if (!isPostgresAddress(database)) return database;
  const [{ username, pathname }] = parseUrls(database);
  const [, , hosts = ''] = authority.exec(database) ?? [];
  return `postgres://${username === '' ? '' : `${username}@`}${hosts}${pathname}`;
}

const authority = /^([^/]+:\/\/(?:[^/?#]*@)?)([^/?#]*)(.*)$/s;

/**
 * One URL for each host. Several hosts are written as in libpq: `a:5432,b:5432`, or
 * `host=/run/a,/run/b` for folders of sockets.
 */
function parseUrls(database: string): readonly [URL, ...URL[]] {
  const [, before = '', authorities = '', after = ''] = authority.exec(database) ?? [];
  const hosts = authorities.split(',');
  assertSeveral(hosts);
  const [first, ...others] = hosts.map((host) => parseUrl(`${before}${host}${after}`));
  const urls = [first as URL, ...others] as const;
  const named = urls[0].searchParams.get('host')?.split(',') ?? [];
  assertSeveral(named);
  if (urls.length > 1 && named.length > 0)
    throw new DatabaseAddressError(
      'Several hosts are named in one place, with commas between them.',
    );
  if (named.length < 2) return urls;
  const [firstNamed, ...othersNamed] = named.map((host) => withHost(urls[0], host));
  return [firstNamed as URL, ...othersNamed];
}

/**
 * A password that is not encoded is cut. Its rest would be shown as another part of the address.
 */
function assertWhole({ pathname, search, hash }: URL): void {
  if (/^\/?[^/@]*$/.test(pathname) && !search.includes('@') && hash === '') return;
  throw new DatabaseAddressError(
    'After the host, write the name of the database, and then parameters. In a password, write @, /, ? and # as %40, %2F, %3F and %23.',
  );
}

function assertKnown(parameters: URLSearchParams): void {
  const names = [...parameters.keys()];
  for (const [index, name] of names.entries()) {
    if (![...ofPg, ...ours].includes(name))
      throw new DatabaseAddressError(
        `The parameter ${name} is not known; known are ${[...ofPg, ...ours].join(', ')}.`,
      );
    // pg takes the last one of equal names. What was checked must be what is used.
    if (names.indexOf(name) !== index)
      throw new DatabaseAddressError(`The parameter ${name} is given twice.`);
  }
}

function assertSeveral(hosts: readonly string[]): void {
  if (hosts.length > mostHosts)
    throw new DatabaseAddressError(`At most ${mostHosts} hosts can be named.`);
  if (hosts.length > 1 && hosts.includes(''))
    throw new DatabaseAddressError('A host between commas is empty.');
}

function withHost(url: URL, host: string): URL {
  const own = new URL(url);
  own.searchParams.set('host', host);
  return own;
}

function parseUrl(database: string): URL {
  // The error of URL would quote the address.
  const url = URL.parse(database);
  if (url === null)
    throw new DatabaseAddressError(
      'It is not an address of the form postgres://user:password@host:port/name.',
    );
  assertWhole(url);
  return url;
}

/** A connection to another machine is encrypted, or a parameter says that it is not. */
function assertProtected(url: URL): void {
  const mode = url.searchParams.get('sslmode');
  if (mode === null ? isOnThisMachine(url) : protections.includes(mode)) return;
  throw new DatabaseAddressError(
    mode === null
      ? 'The database is on another machine: set sslmode=verify-full, or sslmode=disable on a network that nobody else uses.'
      : `sslmode=${mode} is not supported: use one of ${protections.join(', ')}.`,
  );
}

function isOnThisMachine(url: URL): boolean {
  const host = url.searchParams.get('host') ?? decodeURIComponent(url.hostname);
  return (
    host === '' || host.startsWith('/') || /^(?:localhost|127(?:\.\d+){3}|\[?::1\]?)$/.test(host)
  );
}

/**
 * Other programs need this parameter. Here it has always this value, because the store cannot use a
 * server that only reads.
 */
function assertWritable(wanted: string | null): void {
  if (wanted === null || wanted === 'read-write' || wanted === 'primary') return;
  throw new DatabaseAddressError(
    'target_session_attrs is read-write or primary: the store never works with a standby.',
  );
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
