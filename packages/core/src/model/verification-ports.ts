/** What core asks of the store about codes that people get by mail and type on a page. */
import type { Delivery } from './delivery-ports.ts';

/** What a code allows. A code for one purpose is void for each other one. */
export const verificationPurposes = ['recovery', 'sign_up', 'email_change'] as const;
/** What a code allows: one of `verificationPurposes`. */
export type VerificationPurpose = (typeof verificationPurposes)[number];

/**
 * A code that was sent by mail. The store has a MAC of it, under a key that is not in the database,
 * because so few digits could be guessed from a digest. The MAC includes the id, the address and
 * the browser that asked. The address itself is not stored.
 */
export interface VerificationCode {
  readonly id: string;
  readonly purpose: VerificationPurpose;
  readonly mac: string;
  readonly expiresAt: number;
}

/** A code that somebody typed. */
export interface CodeTry {
  readonly id: string;
  readonly purpose: VerificationPurpose;
  /** Each MAC that is accepted for what was typed. */
  readonly macs: readonly string[];
  /** How often somebody may type it, right or wrong. */
  readonly mostTries: number;
}

/**
 * The outcome of `VerificationCodeStore.redeem`. `gone`: unknown, expired, used, or no try left.
 */
export type CodeOutcome =
  | { readonly outcome: 'redeemed' | 'gone' }
  | { readonly outcome: 'wrong'; readonly triesLeft: number };

/** The codes in the store. Each method is one atomic, durable act. */
export interface VerificationCodeStore {
  /** Stores the code and its mail in one act. */
  add(code: VerificationCode, mail: Delivery | undefined): Promise<void>;
  /** One conditional act: counts the try, and spends the code if it is right. */
  redeem(attempt: CodeTry, now: number): Promise<CodeOutcome>;
}
