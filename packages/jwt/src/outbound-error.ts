/** What can go wrong with a request that goes out. */
export type OutboundFault =
  | 'address_refused'
  | 'redirect_refused'
  | 'status_wrong'
  | 'content_wrong'
  | 'too_large'
  | 'too_slow'
  | 'unreachable';

/**
 * Why nothing was fetched. The message names the host, never the whole address: it may hold a
 * secret.
 */
export class OutboundError extends Error {
  readonly fault: OutboundFault;
  /** What was answered, for `status_wrong`. */
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
