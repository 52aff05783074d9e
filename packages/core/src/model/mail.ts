/** What the server tells people by mail. The product renders it (server/src/mail). */

/** A change of the account, a sign-in that may not be the person's own, or a code. */
export type MailContent =
  | {
      readonly kind: 'password_changed';
      /** `operator`: an administrator has set it. */
      readonly by: 'user' | 'operator';
      readonly network?: string;
    }
  | {
      /** A code for a new password. */
      readonly kind: 'recovery';
      readonly code: string;
      /** The page on which the code is typed. It uses nothing up. */
      readonly address: string;
      readonly network: string;
    }
  | {
      /** A code for a new account. */
      readonly kind: 'sign_up';
      readonly code: string;
      readonly address: string;
      readonly network: string;
    }
  | {
      /** Somebody wanted to create an account with an address that has one. */
      readonly kind: 'sign_up_known';
      readonly network: string;
    }
  | {
      /** A code for a new address of an account. */
      readonly kind: 'email_change';
      readonly code: string;
      readonly address: string;
      readonly network: string;
    }
  | {
      /** To the former address. */
      readonly kind: 'email_changed';
      /** The new one. */
      readonly email: string;
      readonly network: string;
      /** The page on which the change can be undone. */
      readonly undo: string;
      readonly expiresAt: number;
    }
  | {
      /** To the address that is taken from the account again, and to the one that it has again. */
      readonly kind: 'email_restored';
      readonly email: string;
      /** What was added since then is removed. */
      readonly since: number;
      readonly network: string;
    }
  | {
      readonly kind: 'invitation';
      /** The page on which the account is created. */
      readonly address: string;
      readonly expiresAt: number;
    }
  | {
      readonly kind: 'passkey_added' | 'passkey_removed';
      /** The name of the passkey. */
      readonly passkey: string;
      readonly network: string;
    }
  | {
      readonly kind: 'second_factor';
      readonly change: 'added' | 'removed' | 'recovery_code_used' | 'recovery_codes_replaced';
      /** `operator`: an administrator did it. */
      readonly by: 'user' | 'operator';
      readonly network?: string;
    }
  | {
      readonly kind: 'new_browser';
      readonly network: string;
      /** The User-Agent header as it came, cut. */
      readonly userAgent: string;
    };

/** One mail, before it is rendered. */
export interface Mail {
  /** The address of the account. */
  readonly to: string;
  readonly name: string;
  readonly content: MailContent;
  /** When it happened. */
  readonly at: number;
}
