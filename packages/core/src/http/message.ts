/** A request and a response as core sees them: plain data, whatever carried them. */
/** The request headers that core reads. A carrier may leave out every other. */
export const headersRead = [
  'authorization',
  'content-type',
  'cookie',
  'if-none-match',
  'origin',
  'sec-fetch-site',
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
}

export interface HttpResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body: string;
}
