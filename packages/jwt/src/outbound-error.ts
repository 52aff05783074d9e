/** The faults of an outbound request. */
export type OutboundFault =
  | 'address_refused'
  | 'redirect_refused'
  | 'status_wrong'
  | 'content_wrong'
  | 'too_large'
  | 'too_slow'
  | 'unreachable';

/**
 * The reason why a request failed. The message names the host, and never the whole address, which
 * may contain a secret.
 */
export class OutboundError extends Error {
  readonly fault: OutboundFault;
  /** The status of the answer, for `status_wrong`. */
  readonly status: number | undefined;

  constructor(
    fault: OutboundFault,
    message: string,
    options: ErrorOptions & { readonly status?: number | undefined } = {},
  ) {
    super(message, options);
    this.name = 'OutboundError';
    this.fault = fault;
    this.status = options.status;
  }
}
