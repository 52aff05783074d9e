import type { GrantType } from '@keywright/wire';

/** A request and a response as core sees them: plain data, whatever carried them. */
/** The request headers that core reads. A carrier may leave out every other. */
export const headersRead = [
  'accept',
  'authorization',
  'content-type',
  'cookie',
  'dpop',
  'if-match',
  'if-none-match',
  'origin',
  'sec-fetch-site',
  'x-fapi-customer-ip-address',
  'x-fapi-interaction-id',
  'x-request-id',
] as const;

export interface HttpRequest {
  readonly method: string;
  /** The path alone, percent-encoded as it came. */
  readonly path: string;
  /** The query without its question mark; empty when there is none. */
  readonly query: string;
  /** Names in lower case. A header that came more than once is joined with ", " (cookies with "; "). */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** The body as text, already bounded by the carrier. */
  readonly body: string;
  /** Address of the caller after the configured proxies; for throttling and the log. */
  readonly remoteAddress: string;
  /** What the caller proved to hold a key for in the TLS handshake, here or at a configured proxy. */
  readonly clientCertificate?: ClientCertificate;
  /** What the request is called in the log: it stands in each event that belongs to it. */
  readonly id?: string;
  /** Given by a carrier that counts or logs requests: what is learned of this one is written into it. */
  readonly learned?: LearnedOfRequest;
}

export interface ClientCertificate {
  /** In DER. */
  readonly raw: Uint8Array;
  /** Whether it chains to a certificate authority that the operator named (RFC 8705 §2.1). */
  readonly isVerified: boolean;
}

export interface LearnedOfRequest {
  /** Once it is certain who calls. */
  clientId?: string;
  /** The grant by which the token endpoint issued tokens. */
  issuedBy?: GrantType;
}

export interface HttpResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body: string;
}
