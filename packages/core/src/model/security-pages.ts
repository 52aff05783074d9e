/** The pages of everything that the user signs in with, and the question for the second factor. */
import type { BrandView, ClientView, FormView, PasskeyRequestView } from './page-parts.ts';

/** One passkey of the account. */
export interface PasskeyView {
  readonly name: string;
  /** Seconds since 1970. */
  readonly createdAt: number;
  readonly lastUsedAt?: number;
  /** Whether it may exist on several devices, and whether it was backed up at its last use. */
  readonly isSyncable: boolean;
  readonly isBackedUp: boolean;
  /** A form with one control, `name`. */
  readonly rename: FormView;
  /** The address of the page that removes it. */
  readonly remove: string;
}

/** The passkeys of the account. */
export interface PasskeysView {
  readonly items: readonly PasskeyView[];
  /** Absent if the sign-in is too long ago, or the account has as many as it may have. */
  readonly add?: PasskeyRequestView;
  /** The address of the sign-in page, if the sign-in is too long ago to add one. */
  readonly signInAgain?: string;
  /** How many the account may have. */
  readonly most: number;
}

/** The authenticator app of the account, and its recovery codes. */
export interface TotpView {
  /** Absent if the account has none. */
  readonly app?: {
    /** Seconds since 1970. */
    readonly addedAt: number;
    readonly recoveryCodesLeft: number;
    /** Absent if the sign-in is too long ago. */
    readonly remove?: FormView;
    readonly renewCodes?: FormView;
  };
  /** The address of the page that adds one. Absent if there is one, or the sign-in is too old. */
  readonly add?: string;
  /** The address of the sign-in page, if the sign-in is too long ago to change anything. */
  readonly signInAgain?: string;
}

/**
 * What the page shows that adds an authenticator app. The control is named `totp`: a code of the
 * app, which shows that it has the secret.
 */
export interface TotpEnrolmentView {
  readonly form: FormView;
  readonly account: { readonly email: string };
  /** The `otpauth` address, for an app on the same device. */
  readonly address: string;
  /** The secret in base32. */
  readonly secret: string;
  /** A `data` address of an SVG picture. */
  readonly picture: string;
  /** The address to leave the page without a change. */
  readonly stay: string;
  readonly error?: string;
  readonly decision?: string;
}

/** What the page shows once: new recovery codes. */
export interface RecoveryCodesView {
  readonly account: { readonly email: string };
  readonly codes: readonly string[];
  /** Whether the authenticator app was added just now. */
  readonly isNew: boolean;
  /** The address of the page that follows. */
  readonly onward: string;
}

/**
 * What the page asks after a right password. The controls are named `totp` and `recovery_code`, in
 * a form each.
 */
export interface SecondFactorView {
  readonly brand?: BrandView;
  readonly form: FormView;
  readonly account: { readonly email: string };
  readonly client?: ClientView;
  /** The address of the sign-in page. */
  readonly signIn: string;
  readonly error?: string;
  readonly decision?: string;
}

/** One sign-in of the account. Times are in seconds since 1970. */
export interface SessionView {
  readonly signedInAt: number;
  readonly lastSeenAt: number;
  /** The network of the last use. */
  readonly network?: string;
  /** The User-Agent header as it came, cut. Empty if the user signed in without a browser. */
  readonly userAgent?: string;
}

/** The sign-ins of the account. */
export interface SessionsView {
  /** The one of this browser. */
  readonly current: SessionView;
  /** The last used first. Each has a form with one button that ends it. */
  readonly others: readonly (SessionView & { readonly end: FormView })[];
  /** Whether there are older ones that are not shown. */
  readonly hasMore: boolean;
  /** A form with one button that ends the current one. */
  readonly signOut: FormView;
  /** A form with one button that ends all others. Absent if there are none. */
  readonly endOthers?: FormView;
}

/**
 * What the page asks of a user who is signed in, and whose sign-in is too weak for what follows.
 * Either the passkey of the account, or a second factor that is added now.
 */
export interface StepUpView {
  readonly brand?: BrandView;
  readonly account: { readonly email: string };
  readonly client?: ClientView;
  /** Asks for a passkey of the account. */
  readonly passkey?: PasskeyRequestView;
  /** The account has no second factor. Each way to add one, if the server has it. */
  readonly add?: {
    /** The address of the page that adds an authenticator app. */
    readonly totp?: string;
    readonly passkey?: PasskeyRequestView;
  };
  /** The name of a passkey that was just added. */
  readonly passkeyAdded?: string;
  /** Leads to the sign-in page. */
  readonly signIn: string;
  readonly error?: string;
  readonly decision?: string;
}

/** What the page shows of everything that the user signs in with. */
export interface SecurityView {
  readonly account: { readonly email: string; readonly name: string };
  /** The address of the account page. */
  readonly back: string;
  readonly changePassword: string;
  /** Absent if there are no authenticator apps at this server. */
  readonly totp?: TotpView;
  /** The authenticator app was just removed. */
  readonly totpRemoved?: boolean;
  /** Absent if there are no passkeys at this server. */
  readonly passkeys?: PasskeysView;
  /** The name of a passkey that was just added, renamed or removed. */
  readonly passkeyAdded?: string;
  readonly passkeyRenamed?: string;
  readonly passkeyRemoved?: string;
  readonly sessions: SessionsView;
  /** How many other sign-ins the user just ended. */
  readonly sessionsEnded?: number;
  readonly error?: string;
  readonly decision?: string;
}

/**
 * What the page shows before a passkey is removed. If it is the last way to sign in, there is a
 * control `understood` that must be ticked.
 */
export interface PasskeyRemovalView {
  readonly form: FormView;
  readonly account: { readonly email: string };
  readonly name: string;
  /** Whether nobody can sign in to the account without it. */
  readonly isLastWayIn: boolean;
  /** The address to leave the page without a change. */
  readonly stay: string;
  readonly error?: string;
  readonly decision?: string;
}
