/**
 * What an adapter tells the guard of a request: plain facts, whatever carried them. A fact costs
 * nothing until a check asks for it. Every adapter gives the same facts in the same form, so that
 * all of them answer the same.
 */
export interface Presented {
  readonly method: string;
  /**
   * Path and query as they came, percent-encoded, with what a framework mounts on:
   * `/buildings/1?x=2`.
   */
  readonly target: string;
  /**
   * Where the request came from: the other end of the connection, where the carrier knows one, or
   * what the operator's own function makes of the request. No header is believed by itself.
   */
  readonly remoteAddress: string | undefined;
  /**
   * The other end of this very connection, whatever `remoteAddress` says; left out where nobody
   * knows it for certain.
   */
  readonly peerAddress?: string | undefined;
  /**
   * A header by its name in lower case. One that came more than once is joined with ", ": no value
   * is dropped.
   */
  header(name: string): string | undefined;
  /**
   * The framework's object of this one request, where there is one: by it a second route of the
   * same guard on the same request (a middleware, then a handler) knows that what may be used once
   * was used by itself.
   */
  readonly carrier?: object | undefined;
  /**
   * DER of the certificate that the client proved to hold on this very connection (RFC 8705 §3).
   */
  certificate(): Uint8Array | undefined;
}
