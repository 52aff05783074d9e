/**
 * The plain facts of a request that an adapter gives to the guard. A fact costs nothing until a
 * check reads it. Every adapter gives the same facts in the same form, so that all of them give the
 * same answers.
 */
export interface Presented {
  readonly method: string;
  /**
   * Path and query as they were sent, percent-encoded, including the path that a framework mounts
   * on: `/buildings/1?x=2`.
   */
  readonly target: string;
  /**
   * The address that the request came from: the peer of the connection, if the carrier knows it, or
   * the result of the operator's own function. No header is trusted by itself.
   */
  readonly remoteAddress: string | undefined;
  /**
   * The peer of this connection, whatever `remoteAddress` says. Absent if it is not known with
   * certainty.
   */
  readonly peerAddress?: string | undefined;
  /**
   * A header by its name in lower case. Repeated headers are joined with ", ": no value is dropped.
   */
  header(name: string): string | undefined;
  /**
   * The framework's object of this request, if there is one. With it, a second route of the same
   * guard on the same request (a middleware, then a handler) knows that the request itself made the
   * single use.
   */
  readonly carrier?: object | undefined;
  /**
   * DER of the certificate whose key the client proved to have on this connection (RFC 8705 §3).
   */
  certificate(): Uint8Array | undefined;
}
