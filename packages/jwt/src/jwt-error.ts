import { type ResourceReason, resourceRefusal } from '@keywright/wire';

/** A token that was refused, with the reason of the catalogue. `note` is for the log: it never holds the token. */
export class JwtError extends Error {
  readonly reason: ResourceReason;
  readonly note: string | undefined;

  constructor(reason: ResourceReason, note?: string) {
    super(resourceRefusal(reason).text);
    this.name = 'JwtError';
    this.reason = reason;
    this.note = note;
  }
}
