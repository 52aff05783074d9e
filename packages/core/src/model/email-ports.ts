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
  /**
   * An undo removes what was added to the account at this time or later. Absent for changes that an
   * older version stored: then since the change.
   */
  readonly trustedUntil?: number;
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

/** What the undo of a change has removed. */
export interface RestoredEmail {
  readonly outcome: 'restored';
  /** The names of passkeys. */
  readonly passkeys: readonly string[];
  readonly hadSecondFactor: boolean;
  /** The applications that lost their access. */
  readonly clientIds: readonly string[];
}

/** `taken`, `gone`: as in `EmailChangeOutcome`. */
export type EmailRestoration =
  | RestoredEmail
  | { readonly outcome: 'taken' }
  | { readonly outcome: 'gone' };

/** The changes of addresses in the store. Each method is one atomic, durable act. */
export interface FormerEmailStore {
  /** One conditional act: the new address counts as verified. */
  change(accountId: string, change: EmailChange): Promise<EmailChangeOutcome>;
  /** Undefined if it is unknown, too old, or was undone. */
  load(id: string, now: number): Promise<FormerEmail | undefined>;
  /**
   * One conditional act: restores the address, ends every session of the account and what ends with
   * them, and makes later changes final: their undo is void. Removes passkeys and a second factor
   * that were added since `trustedUntil`, and ends the grants that were agreed to since then,
   * whether they are new or had existed. The mails are stored in the same act. Nothing changed
   * unless the outcome is `restored`.
   */
  restore(id: string, mails: readonly Delivery[], now: number): Promise<EmailRestoration>;
}
