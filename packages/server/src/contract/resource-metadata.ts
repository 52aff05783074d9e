/**
 * Checks the protected resource metadata (RFC 9728) if a challenge announces it (§5.1). The request
 * has no token.
 */
import type { RequestSender } from './ask.ts';
import { challengesOf, shown } from './expectation.ts';
import type { Line } from './report.ts';
import type { JsonRecord } from './token.ts';
import type { Exchange } from './whole.ts';

type Judged = Pick<Line, 'got' | 'verdict' | 'why'>;

export const metadataCheck = {
  id: 'resource_metadata',
  asked: 'the metadata that a challenge announces',
  expected: '200, for this resource',
  section: 'RFC 9728 §3, §5.1',
} as const;

const fault = (got: string, why: string): Judged => ({ got, verdict: 'fault', why });

/** `issuer` is the issuer of the valid token, if the token names one. */
export async function judgeResourceMetadata(
  url: string,
  exchanges: readonly Exchange[],
  ask: RequestSender,
  issuer: string | undefined,
): Promise<Judged> {
  const announced = findAnnounced(exchanges);
  const [address, ...others] = announced;
  if (address === undefined)
    return { got: '', verdict: 'not applicable', why: 'no challenge has resource_metadata' };
  if (others.length > 0)
    return fault(`${announced.length} addresses`, 'challenges announce different metadata');
  // §3.1: the address is derived from the address of the resource. Another host is not asked,
  // because then the API could choose whom the check asks.
  if (URL.parse(address)?.origin !== new URL(url).origin)
    return fault(
      'another origin',
      'resource_metadata is not at the API’s own origin (RFC 9728 §3.1)',
    );
  const answer = await ask({
    url: address,
    method: 'GET',
    headers: ['accept', 'application/json'],
  });
  if (answer.status !== 200)
    return fault(String(answer.status), 'the announced metadata does not exist');
  const type = answer.headers.get('content-type')?.[0] ?? '';
  if (!/^application\/json\s*(?:;|$)/i.test(type))
    return fault(
      shown(type, 'another type'),
      'the metadata is not application/json (RFC 9728 §3.2)',
    );
  const metadata = readJson(answer.body);
  if (metadata === undefined) return fault('200', 'the metadata is not a JSON object');
  const why = findFault(metadata, address, url, issuer);
  return why === undefined ? { got: '200', verdict: 'pass' } : fault('200', why);
}

function findAnnounced(exchanges: readonly Exchange[]): readonly string[] {
  const all = exchanges
    .flatMap(({ answer }) => challengesOf(answer) ?? [])
    .flatMap(({ parameters }) => parameters['resource_metadata'] ?? []);
  return [...new Set(all)];
}

function readJson(text: string): JsonRecord | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? { ...value }
      : undefined;
  } catch {
    return undefined;
  }
}

/** §3.1: the well-known part is between host and path. */
function wellKnownOf(resource: URL): string {
  const path = resource.pathname === '/' ? '' : resource.pathname;
  return `${resource.origin}/.well-known/oauth-protected-resource${path}${resource.search}`;
}

function findFault(
  metadata: JsonRecord,
  address: string,
  url: string,
  issuer: string | undefined,
): string | undefined {
  const { resource, authorization_servers: servers, bearer_methods_supported: methods } = metadata;
  const named = typeof resource === 'string' ? URL.parse(resource) : null;
  if (named === null) return 'the metadata has no resource (RFC 9728 §2)';
  // §3.3: the metadata of another resource must not be used.
  if (!isWithin(new URL(url), named))
    return 'resource is not the requested address, and no parent of it (RFC 9728 §3.3)';
  if (wellKnownOf(named) !== address)
    return 'the metadata of resource has another address (RFC 9728 §3.1)';
  if (servers !== undefined && !isList(servers))
    return 'authorization_servers is not a list of issuers (RFC 9728 §2)';
  if (issuer !== undefined && isList(servers) && !servers.includes(issuer))
    return 'authorization_servers does not name the issuer of the token';
  if (isList(methods) && !methods.includes('header'))
    return 'bearer_methods_supported does not contain "header", but the API accepted a token from the header';
  return undefined;
}

function isList(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'string');
}

/**
 * One identifier often covers all addresses below it. Its path must consist of whole segments of
 * the address.
 */
function isWithin(url: URL, resource: URL): boolean {
  const above = resource.pathname.replace(/\/$/, '');
  return (
    url.origin === resource.origin &&
    (url.pathname === above || url.pathname.startsWith(`${above}/`))
  );
}
