import type { GrantType } from '../../model/features.ts';

/** A request and a response for core: plain data, independent of the HTTP server. */
/** The request headers that core reads, in lower case. The HTTP layer may leave out all others. */
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
  'user-agent',
  'x-fapi-customer-ip-address',
  'x-fapi-interaction-id',
  'x-request-id',
] as const;

/** A request as the HTTP layer gives it to core. The HTTP layer limits its size. */
export interface HttpRequest {
  readonly method: string;
  /** Only the path, percent-encoded as it was received. */
  readonly path: string;
  /** The query without its question mark; empty when there is none. */
  readonly query: string;
  /** Names in lower case. Values of a repeated header are joined with ", " (cookies with "; "). */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** The body as text. The HTTP layer has limited its size. */
  readonly body: string;
  /** The address of the caller, after the configured proxies. For limits and the log. */
  readonly remoteAddress: string;
  /**
   * The certificate whose key the caller proved in the TLS handshake, here or at a configured
   * proxy.
   */
  readonly clientCertificate?: ClientCertificate;
  /** The name of the request in the log. Each event of the request has it. */
  readonly id?: string;
  /**
   * Set by an HTTP layer that counts or logs requests. Core writes facts about the request into it.
   */
  readonly learned?: LearnedOfRequest;
}

/** The certificate whose key the caller has proved to hold (RFC 8705 §2). */
export interface ClientCertificate {
  /** In DER. */
  readonly raw: Uint8Array;
  /** Whether an authority that the operator named issued it (RFC 8705 §2.1). */
  readonly isVerified: boolean;
}

/** What core learned about a request while it answered it, for logs and metrics. */
export interface LearnedOfRequest {
  /** Set when the caller is known. */
  clientId?: string;
  /** The grant with which the token endpoint issued tokens. */
  issuedBy?: GrantType;
}

/** An answer for the HTTP layer to write. Header names are in lower case. */
export interface HttpResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body: string;
}
