import { type Refusal, type RefusalReason, refusal } from '@keywright/wire';

/** Who was refused what: for the log, never for the answer. */
export interface RefusalDetail {
  /** Scopes that are needed, for the challenge (RFC 6750 §3). */
  readonly scope?: string;
  readonly subject?: string;
  readonly clientId?: string;
  readonly tokenId?: string | undefined;
  readonly action?: string;
  readonly note?: string | undefined;
}

/** A request that the guard does not let through. */
export class GuardRefusal extends Error {
  readonly reason: RefusalReason;
  readonly refusal: Refusal;
  readonly detail: RefusalDetail;

  constructor(reason: RefusalReason, detail: RefusalDetail = {}) {
    super(refusal(reason).text);
    this.name = 'GuardRefusal';
    this.reason = reason;
    this.refusal = refusal(reason);
    this.detail = detail;
  }
}
