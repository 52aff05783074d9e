/**
 * The store cannot read or write now. It is not known whether the requested work was done. The
 * store recovers by itself.
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
