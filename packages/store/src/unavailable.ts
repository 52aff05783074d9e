/**
 * The store cannot read or write now; nothing of what was asked for is known to have happened. It
 * recovers by itself.
 */
export class StoreUnavailableError extends Error {
  /** Whether that is because the database was exported to be moved. */
  readonly isFrozen: boolean;

  constructor(message: string, { isFrozen = false } = {}) {
    super(message);
    this.name = 'StoreUnavailableError';
    this.isFrozen = isFrozen;
  }
}
