/** Why no request was made with a key. */
export type ClientFault =
  /** The request goes to another host than the API of the key. */
  | 'origin_foreign'
  /** The published data of the API or the issuer cannot be fetched, or is wrong. */
  | 'metadata_unusable'
  /** The API publishes no key that could be sealed for. */
  | 'sealing_key_missing'
  /** The issuer gave no token for the key. */
  | 'exchange_refused';

/** Says why no request was made with the key. Never contains the key or a part of it. */
export class ClientError extends Error {
  readonly fault: ClientFault;

  constructor(fault: ClientFault, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'ClientError';
    this.fault = fault;
  }
}
