/**
 * The store cannot read or write now. It is not known whether anything of the call has happened.
 * It recovers without a restart.
 */
export class StoreUnavailableError extends Error {
  /** Whether the reason is that the database was exported. */
  readonly isFrozen: boolean;

  constructor(message: string, { isFrozen = false } = {}) {
    super(message);
    this.name = 'StoreUnavailableError';
    this.isFrozen = isFrozen;
  }
}
