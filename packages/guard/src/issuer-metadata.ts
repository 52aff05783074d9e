/**
 * The metadata of an issuer (RFC 8414, OpenID Connect Discovery): fetched when it is first needed,
 * and kept until a request fails.
 */
import type { OutboundFetch } from '@keywright/jwt';
import { isAsSecure } from './api-address.ts';

type Address = 'jwks_uri' | 'introspection_endpoint' | 'token_endpoint';

export interface IssuerMetadata {
  /** An address from the metadata. Rejects if there is no usable one. */
  find(name: Address): Promise<string>;
  /** Fetches the metadata again the next time, because an address may have changed. */
  forget(): void;
}

export function createIssuerMetadata(issuer: string, fetch: OutboundFetch): IssuerMetadata {
  let found: Promise<object> | undefined;
  function forget(): void {
    found = undefined;
  }
  return {
    forget,
    async find(name) {
      found ??= fetchMetadata(issuer, fetch);
      try {
        return addressOf(await found, name, issuer);
      } catch (error) {
        forget();
        throw error;
      }
    },
  };
}

/**
 * Both addresses where an issuer may publish its metadata: OpenID Discovery §4.1 appends, RFC 8414
 * §3.1 inserts.
 */
function metadataUrls(issuer: string): readonly string[] {
  const { origin, pathname } = new URL(issuer);
  const path = pathname.replace(/\/$/, '');
  return [
    `${origin}${path}/.well-known/openid-configuration`,
    `${origin}/.well-known/oauth-authorization-server${path}`,
  ];
}

async function fetchMetadata(issuer: string, fetch: OutboundFetch): Promise<object> {
  const failures: unknown[] = [];
  for (const url of metadataUrls(issuer)) {
    try {
      return assertIssuer((await fetch(url)).body, issuer);
    } catch (error) {
      failures.push(error);
    }
  }
  throw new AggregateError(failures, 'The metadata of the issuer cannot be fetched.');
}

function assertIssuer(metadata: unknown, issuer: string): object {
  // RFC 8414 §3.3: they must be identical. Otherwise the server of this document could pass for
  // another issuer.
  if ((metadata as { issuer?: unknown } | null)?.issuer !== issuer) {
    throw new TypeError('The metadata belong to another issuer.');
  }
  return metadata as object;
}

function addressOf(metadata: object, name: Address, issuer: string): string {
  const address = (metadata as Readonly<Record<string, unknown>>)[name];
  if (typeof address === 'string' && isAsSecure(address, issuer)) return address;
  throw new TypeError(`The metadata has no usable ${name}.`);
}
