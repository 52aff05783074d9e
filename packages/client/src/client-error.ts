/** Why no request was made with a key. */
export type ClientFault =
  /** The request goes elsewhere than to the API that the key is for. */
  | 'origin_foreign'
  /** What the API or the issuer publishes of itself cannot be had, or is not right. */
  | 'metadata_unusable'
  /** The API publishes no key that could be sealed for. */
  | 'sealing_key_missing'
  /** The issuer gave no token for the key. */
  | 'exchange_refused';

/** Why no request was made with the key. Never holds the key, or any part of it. */
export class ClientError extends Error {
  readonly fault: ClientFault;

  constructor(fault: ClientFault, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'ClientError';
    this.fault = fault;
  }
}
