/** What core asks of the store about changes of e-mail addresses, and how they are undone. */
import type { Delivery } from './delivery-ports.ts';

/**
 * A former address of an account, for some days: the person who reads its mails can restore it.
 */
export interface FormerEmail {
  /** Made from the secret in the link of the notice. The secret is not stored. */
  readonly id: string;
  readonly accountId: string;
  readonly email: string;
  /** The key that the address is found by. */
  readonly emailKey: string;
  readonly changedAt: number;
  /** Until then the change can be undone. */
  readonly expiresAt: number;
}

/** A new address of an account. */
export interface EmailChange {
  readonly email: string;
  readonly emailKey: string;
  /** The address that it replaces. */
  readonly former: FormerEmail;
  /** The notice to the former address, stored in the same act. */
  readonly notice: Delivery | undefined;
}

/**
 * `taken`: another account has the address. `gone`: the account is not active, or has another
 * address than the former one.
 */
export type EmailChangeOutcome = 'changed' | 'taken' | 'gone';

/** The changes of addresses in the store. Each method is one atomic, durable act. */
export interface FormerEmailStore {
  /** One conditional act: the new address counts as verified. */
  change(accountId: string, change: EmailChange): Promise<EmailChangeOutcome>;
  /** Undefined if it is unknown, too old, or was undone. */
  load(id: string, now: number): Promise<FormerEmail | undefined>;
  /**
   * One conditional act: restores the address, ends every session of the account and what ends with
   * them, removes passkeys and a second factor that were added since the change, and makes later
   * changes final: their undo is void. The mail is stored in the same act. Nothing changed unless
   * the outcome is `changed`.
   */
  restore(id: string, mail: Delivery | undefined, now: number): Promise<EmailChangeOutcome>;
}
