/** The store cannot read or write now; nothing of what was asked for is known to have happened. It recovers by itself. */
export class StoreUnavailableError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'StoreUnavailableError';
  }
}
