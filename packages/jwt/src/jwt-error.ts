import { type RefusalReason, refusal } from '@keywright/wire';

/** A token that was refused, with the reason of the catalogue. `note` is for the log: it never holds the token. */
export class JwtError extends Error {
  readonly reason: RefusalReason;
  readonly note: string | undefined;

  constructor(reason: RefusalReason, note?: string) {
    super(refusal(reason).text);
    this.name = 'JwtError';
    this.reason = reason;
    this.note = note;
  }
}
