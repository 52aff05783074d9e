/** What can go wrong on the way out. */
export type OutboundFault =
  | 'address_refused'
  | 'redirect_refused'
  | 'status_wrong'
  | 'content_wrong'
  | 'too_large'
  | 'too_slow'
  | 'unreachable';

/** Why nothing was fetched. The message names the host, never the whole address: it may hold a secret. */
export class OutboundError extends Error {
  readonly fault: OutboundFault;

  constructor(fault: OutboundFault, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'OutboundError';
    this.fault = fault;
  }
}
