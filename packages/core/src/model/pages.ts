/**
 * The pages that core asks for, as plain data. A renderer makes a document of a view and decides
 * nothing. Every text in a view must be escaped. Forms post to `action` with the hidden `fields`
 * and the named controls.
 */

import type { BrandView, ClientView, FormView, PasskeyRequestView } from './page-parts.ts';
import type {
  PasskeyRemovalView,
  RecoveryCodesView,
  SecondFactorView,
  SecurityView,
  StepUpView,
  TotpEnrolmentView,
} from './security-pages.ts';
import type { JoiningView, SignUpView, TermsView } from './sign-up-pages.ts';

export * from './page-parts.ts';
export * from './security-pages.ts';
export * from './sign-up-pages.ts';

/** What the sign-in page shows. The controls are named `email` and `password`. */
export interface SignInView {
  readonly brand?: BrandView;
  readonly form: FormView;
  /** The application that sent the user; absent when they came on their own. */
  readonly client?: ClientView;
  /**
   * A form with one button that returns to the application, which learns that the user refused.
   * Never without `client`.
   */
  readonly refuse?: FormView;
  /** What the user typed before, or the `login_hint` of the application. */
  readonly email: string;
  /** The address of the page for a forgotten password. Absent if no mail is sent. */
  readonly recover?: string;
  /** The address of the page for a new account. Absent if nobody may create one. */
  readonly signUp?: string;
  /** Absent if users cannot sign in with passkeys. */
  readonly passkey?: PasskeyRequestView;
  /**
   * A challenge for the script of the pages, after too many attempts. Its solution is in the field
   * `work` of the form. Absent in a browser that need not work.
   */
  readonly work?: string;
  readonly error?: string;
  /** Quote it to the operator: the log line of this refusal carries the same. */
  readonly decision?: string;
}

/** One scope on the consent page. */
export interface ConsentScopeView {
  readonly name: string;
  readonly description: string;
  /**
   * Whether the user may untick it. The control is named `scope`, with the scope as its value,
   * ticked at first.
   */
  readonly optional: boolean;
  /** Agreed before: shown, not asked again. */
  readonly granted: boolean;
  /** The user unticked it before the page was shown again. */
  readonly isUnticked?: true;
}

/** One authorization detail (RFC 9396), in words. */
export interface DetailView {
  /** The API that it is for. */
  readonly api: string;
  readonly name: string;
  /** A sentence: the operator's words, and between them what the application asks for. */
  readonly description: readonly { readonly text: string; readonly isGiven: boolean }[];
  /** The facts that the sentence does not contain. */
  readonly facts: readonly DetailFactView[];
  /** Single things: empty where the detail has none. */
  readonly resources: readonly DetailResourceView[];
  /** The API of the detail could not be asked for the names of its resources. */
  readonly isUnnamed?: true;
  /** The user picks from their own resources. */
  readonly choice?: DetailChoiceView;
}

/** The resources of the user, of which none is picked at first. */
export interface DetailChoiceView {
  /** The name of the controls. */
  readonly control: string;
  /** How many the user may pick: with 1 radio buttons, otherwise checkboxes. */
  readonly most: number;
  readonly resources: readonly DetailResourceView[];
  /** The API could not be asked. Then `resources` is empty. */
  readonly isUnavailable?: true;
  /** The user has more resources than the page lists. */
  readonly isCut?: true;
}

/** One line of an authorization detail: a label and its values. */
export interface DetailFactView {
  readonly label: string;
  readonly values: readonly string[];
}

/** One resource of an authorization detail, which the user can select. */
export interface DetailResourceView {
  /** The identifier that the application, or the API, gives it. */
  readonly name: string;
  /** The name that the API gives it. */
  readonly title?: string;
  /** A `data:` address, checked. Never without `title`. */
  readonly picture?: string;
  /** The value of its checkbox, which is named `detail` and ticked at first. */
  readonly value: string;
  /** Agreed before: shown, not asked again. */
  readonly granted: boolean;
  /** The user unticked it before the page was shown again. */
  readonly isUnticked?: true;
  /** The user picked it before the page was shown again. */
  readonly isPicked?: true;
}

/** What the consent page shows. */
export interface ConsentView {
  readonly form: FormView;
  readonly client: ClientView;
  readonly account: { readonly email: string; readonly name: string };
  /**
   * What the application asks to do, by API ("Sunrise Buildings"). The OpenID scopes come first,
   * under "Your account".
   */
  readonly groups: readonly {
    readonly api: string;
    readonly scopes: readonly ConsentScopeView[];
  }[];
  /** The authorization details that it asks for. */
  readonly details: readonly DetailView[];
  /**
   * How long the access lasts if the client gets a refresh token. Undefined if it ends with the
   * access token.
   */
  readonly lifetime: LifetimeView | undefined;
  /** The address of the sign-in page for another account. */
  readonly switchAccount: string;
  readonly error?: string;
}

/** How long the access of a client lasts. */
export interface LifetimeView {
  /** The access ends if it is not used for this time. */
  readonly idleDays: number;
  /** The access ends after this time in any case. Absent if it does not. */
  readonly absoluteDays?: number;
  /**
   * What happens to it when the user signs out. `ends-it-if-unticked`: the user decides by the
   * scope `offline_access`.
   */
  readonly signOut: 'ends-it' | 'ends-it-if-unticked' | 'changes-nothing';
}

/** The client that asks, where no answer goes to an address of the client. */
export type RequesterView = Omit<ClientView, 'returnHost'>;

/**
 * What the page shows where the user types the code of a device (RFC 8628 §3.3). The control is
 * named `user_code`.
 */
export interface DeviceCodeView {
  readonly form: FormView;
  readonly account: { readonly email: string; readonly name: string };
  /** The address of the sign-in page for another account. */
  readonly switchAccount: string;
  /** The address to leave the page without a change. */
  readonly stay: string;
  /** From the link, or as the user typed it, to be compared with the device. */
  readonly userCode: string;
  readonly error?: string;
  readonly decision?: string;
}

/**
 * What the page shows before a device gets access, so that the user can see whose device it is
 * (RFC 8628 §5.4).
 */
export interface DeviceConfirmationView {
  readonly form: FormView;
  readonly client: RequesterView;
  readonly account: { readonly email: string; readonly name: string };
  readonly userCode: string;
  /** Seconds since 1970. */
  readonly askedAt: number;
  /** The network that the device asked from, and whether this browser is in it. */
  readonly network: string;
  readonly isSameNetwork: boolean;
  readonly groups: ConsentView['groups'];
  readonly details: ConsentView['details'];
  readonly lifetime: ConsentView['lifetime'];
}

/** What the page shows after the user has answered for a device. */
export interface DeviceDoneView {
  /** The name of the application on the device. */
  readonly name: string;
  readonly approved: boolean;
}

/**
 * One backchannel request (CIBA) that waits for the user. The controls are those of the consent
 * page.
 */
export interface WaitingRequestView {
  readonly form: FormView;
  readonly client: RequesterView;
  /**
   * A text that the application shows as well, so that the user sees that both are about the same
   * request.
   */
  readonly bindingMessage?: string;
  /** Seconds since 1970. */
  readonly askedAt: number;
  readonly expiresAt: number;
  readonly lifetime: ConsentView['lifetime'];
  readonly groups: ConsentView['groups'];
  readonly details: ConsentView['details'];
}

/** A client that has access to the account. */
export interface ConnectionView {
  readonly client: {
    readonly name: string;
    readonly publisher?: string;
    readonly homepage?: string;
    readonly verifiedHost?: string;
  };
  /** The address of its own page. */
  readonly address: string;
  readonly scopes: readonly { readonly name: string; readonly description: string }[];
  readonly details: readonly ConnectionDetailView[];
  /** Seconds since 1970. */
  readonly connectedAt: number;
  readonly lastUsedAt: number;
  /** A form with one button that revokes the access. */
  readonly revoke: FormView;
}

/** One authorization detail of a connected client, with the forms that withdraw it. */
export interface ConnectionDetailView extends Omit<DetailView, 'resources'> {
  /** The resources, each with a form with one button that withdraws it. */
  readonly resources: readonly { readonly name: string; readonly takeBack: FormView }[];
  /** Withdraws the whole authorization detail if it has no resources. */
  readonly takeBack?: FormView;
}

/** What the page of one connected client shows. */
export interface ConnectionPageView {
  readonly account: { readonly email: string; readonly name: string };
  readonly connection: ConnectionView;
  /** The address of the account page. */
  readonly back: string;
}

/** What the account page shows. */
export interface AccountView {
  readonly account: { readonly email: string; readonly name: string };
  readonly connections: readonly ConnectionView[];
  /** Address of the next page of connections. */
  readonly next?: string;
  readonly signOut: FormView;
  /** The address of the page for a new password. */
  readonly changePassword: string;
  /** The address of the page for another e-mail address. Absent where no mail is sent. */
  readonly changeEmail?: string;
  /** The e-mail address was just changed. */
  readonly emailChanged?: boolean;
  /** The address of the page of everything that the user signs in with. */
  readonly security: string;
  /** The terms of use, and what the user has accepted of them. Absent where there are no terms. */
  readonly terms?: {
    readonly url: string;
    readonly version: string;
    /** Absent if the user has accepted none. */
    readonly accepted?: { readonly version: string; readonly at: number };
    /** The page that asks for this version. Absent if it need not be accepted now. */
    readonly accept?: string;
  };
  /** The password was just changed, and every other session has ended. */
  readonly passwordChanged?: boolean;
  /** The name of an application whose access was just revoked. */
  readonly revoked?: string;
  /**
   * A form with one button that restores the access that was just revoked. Absent if it is too
   * late. Never without `revoked`.
   */
  readonly undo?: FormView;
  /** The name of an application whose access was just restored. */
  readonly undone?: string;
  /** It was too late to restore the access, or it had been restored. */
  readonly undoRefused?: boolean;
  /** A resource that was just withdrawn, and the application that had it. */
  readonly withdrawn?: { readonly what: string; readonly from: string };
  /** Requests that wait for an answer, newest first. Absent if backchannel requests are off. */
  readonly waiting?: readonly WaitingRequestView[];
  /** The request that was just answered. */
  readonly answered?: { readonly name: string; readonly approved: boolean };
}

/**
 * What the page for a new password shows. The controls are named `password`, `new_password` and
 * `new_password_again`.
 */
export interface PasswordChangeView {
  readonly form: FormView;
  readonly account: { readonly email: string; readonly name: string };
  /** The address to leave the page without a change. */
  readonly stay: string;
  readonly error?: string;
  /**
   * All faults of what was typed, in the order of the controls. Other problems are only in
   * `error`.
   */
  readonly faults?: readonly PasswordFaultView[];
  readonly decision?: string;
}

/**
 * What the page for a forgotten password shows: where the code is to be sent. The control is named
 * `email`.
 */
export interface RecoveryView {
  readonly brand?: BrandView;
  readonly form: FormView;
  /**
   * A challenge for the script of the pages, after too many attempts. Its solution is in the field
   * `work` of the form. Absent in a browser that need not work.
   */
  readonly work?: string;
  readonly email: string;
  /** The address of the sign-in page. */
  readonly signIn: string;
  readonly error?: string;
  readonly decision?: string;
}

/** What the page shows on which a code of a mail is typed. The control is named `code`. */
export interface CodeView {
  readonly brand?: BrandView;
  readonly purpose: 'recovery' | 'sign_up' | 'email_change';
  /** Absent in a browser that did not ask for the code: it is void there. */
  readonly form?: FormView;
  /** The address as it was typed. It may have no account, and the page must not say so. */
  readonly email: string;
  /** The address of the page that asks for an e-mail address. */
  readonly again: string;
  readonly error?: string;
  readonly decision?: string;
}

/**
 * What the last page for a forgotten password shows. The controls are named `new_password` and
 * `new_password_again`.
 */
export interface NewPasswordView {
  readonly brand?: BrandView;
  readonly form: FormView;
  readonly account: { readonly email: string };
  readonly error?: string;
  readonly faults?: readonly PasswordFaultView[];
  readonly decision?: string;
}

/** What the page for another e-mail address shows. The control is named `email`. */
export interface EmailChangeView {
  readonly form: FormView;
  readonly account: { readonly email: string };
  /** What the user typed before. */
  readonly email: string;
  /** The address to leave the page without a change. */
  readonly stay: string;
  readonly error?: string;
  readonly decision?: string;
}

/** What the page shows on which the change of an e-mail address is undone. */
export interface EmailUndoView {
  /** A form with one button. Absent if it is done, or too late. */
  readonly form?: FormView;
  /** The address that is restored. */
  readonly email?: string;
  /** What was added to the account since then is removed. */
  readonly since?: number;
  readonly isUndone: boolean;
  /** What was removed. Only if it is done. */
  readonly removed?: {
    /** Their names. */
    readonly passkeys: readonly string[];
    readonly hasSecondFactor: boolean;
    /** The names of applications that were connected. */
    readonly applications: readonly string[];
  };
  /** The address of the page for a forgotten password. */
  readonly recover: string;
  readonly error?: string;
  readonly decision?: string;
}

/** What is wrong with one control of the password page. */
export interface PasswordFaultView {
  readonly control: 'password' | 'new_password' | 'new_password_again';
  readonly text: string;
}

/** What the sign-out page shows. */
export interface SignOutView {
  readonly form: FormView;
  readonly account: { readonly email: string };
  /**
   * The application that wants the user to sign out. Absent if the user came to the page directly.
   */
  readonly client?: { readonly name: string; readonly isUnverified?: boolean };
  /** The address to leave the page without a change. */
  readonly stay: string;
}

/** What the page shows after sign-out. */
export interface SignedOutView {
  /**
   * Addresses of applications, each to be loaded in a hidden frame, so that they learn of the
   * sign-out (Front-Channel Logout §3).
   */
  readonly frames: readonly string[];
  readonly goOn?: GoOnView;
}

/** The application that the user came from, and its address. */
export interface GoOnView {
  readonly address: string;
  readonly name: string;
  readonly host: string;
  /** Not reviewed: then only a click of the user opens it, never a redirect. */
  readonly isUnverified?: boolean;
}

/** What an error page shows. */
export interface ErrorView {
  readonly status: number;
  readonly title: string;
  readonly text: string;
  readonly reason: string;
  /** The id of the refusal. The log line has the same one. */
  readonly decision: string;
  /**
   * For the developer, as it was received. Never a link, because anybody could write it.
   * `redirectUri` is absent if the client is not known.
   */
  readonly came?: { readonly clientId: string; readonly redirectUri?: string };
  /** The application, if it is unverified, and its address. */
  readonly goOn?: GoOnView;
}

/** What the page behind the `error_uri` of an error answer shows (RFC 6749 §5.2). */
export interface ExplanationView {
  readonly reason: string;
  /** The error code; absent where the specification allows none. */
  readonly error?: string;
  /** Absent for errors that only go to a redirect URI: they have no status. */
  readonly status?: number;
  /** Nothing was wrong with the request: the user declined. */
  readonly isChoice?: boolean;
  readonly text: string;
  /** The section that demands it. */
  readonly section: string;
  /** What to check: sentences with parts of code. */
  readonly advice: readonly { readonly text: string; readonly isCode: boolean }[];
  /** Quote it to the operator: the log line of the refusal carries the same. */
  readonly decision?: string;
}

/**
 * The answer to a client as a form (OAuth 2.0 Form Post Response Mode). It sends itself where
 * scripts run, and has a button.
 */
export interface FormPostView {
  /** To the application: `action` is not ours. */
  readonly form: FormView;
  /** The host that the answer goes to. */
  readonly returnHost: string;
  /**
   * Must be the exact content of a script element, because the content policy allows it by its
   * hash.
   */
  readonly script: string;
}

/**
 * The port that renders pages. Each method returns a whole HTML document, and must escape every
 * text.
 */
export interface Pages {
  signIn(view: SignInView): string;
  consent(view: ConsentView): string;
  account(view: AccountView): string;
  connection(view: ConnectionPageView): string;
  security(view: SecurityView): string;
  passkeyRemoval(view: PasskeyRemovalView): string;
  passwordChange(view: PasswordChangeView): string;
  recovery(view: RecoveryView): string;
  code(view: CodeView): string;
  newPassword(view: NewPasswordView): string;
  signUp(view: SignUpView): string;
  emailChange(view: EmailChangeView): string;
  emailUndo(view: EmailUndoView): string;
  joining(view: JoiningView): string;
  secondFactor(view: SecondFactorView): string;
  stepUp(view: StepUpView): string;
  terms(view: TermsView): string;
  totpEnrolment(view: TotpEnrolmentView): string;
  recoveryCodes(view: RecoveryCodesView): string;
  deviceCode(view: DeviceCodeView): string;
  deviceConfirmation(view: DeviceConfirmationView): string;
  deviceDone(view: DeviceDoneView): string;
  signOut(view: SignOutView): string;
  signedOut(view: SignedOutView): string;
  formPost(view: FormPostView): string;
  error(view: ErrorView): string;
  explanation(view: ExplanationView): string;
}
