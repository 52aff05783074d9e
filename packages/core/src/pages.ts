/**
 * The pages that core asks for, as plain views. A renderer turns a view into a document; it decides nothing.
 * Every text in a view is data to be escaped. Forms post to `action` with the hidden `fields` and the named controls.
 */
export interface ClientView {
  readonly name: string;
  readonly publisher?: string;
  readonly homepage?: string;
  /** The registered host that the answer goes to: where a look-alike shows itself. */
  readonly returnHost: string;
  readonly trust: 'first-party' | 'third-party' | 'unverified';
}

export interface FormView {
  readonly action: string;
  readonly fields: Readonly<Record<string, string>>;
}

export interface SignInView {
  readonly form: FormView;
  /** The application that sent the user; absent when they came on their own. */
  readonly client?: ClientView;
  /** What was typed before, or the application's login_hint. */
  readonly email: string;
  readonly error?: string;
  /** Quote it to the operator: the log line of this refusal carries the same. */
  readonly decision?: string;
}

export interface ConsentScopeView {
  readonly name: string;
  readonly description: string;
  /** May be unticked; the control is named `scope` with the scope as its value, ticked at first. */
  readonly optional: boolean;
  /** Agreed before: shown, not asked again. */
  readonly granted: boolean;
}

export interface ConsentView {
  readonly form: FormView;
  readonly client: ClientView;
  readonly account: { readonly email: string; readonly name: string };
  /** What the application asks to do, by API ("Sunrise Buildings"); the OpenID scopes come first, under "Your account". */
  readonly groups: readonly { readonly api: string; readonly scopes: readonly ConsentScopeView[] }[];
  /** How long the access lasts: idle days until it lapses, and the days after which it ends in any case. */
  readonly lifetime: { readonly idleDays: number; readonly absoluteDays: number } | undefined;
  /** Leads to the sign-in page for another account. */
  readonly switchAccount: string;
  readonly error?: string;
}

export interface ConnectionView {
  readonly client: { readonly name: string; readonly publisher?: string; readonly homepage?: string };
  readonly scopes: readonly { readonly name: string; readonly description: string }[];
  /** Seconds since 1970. */
  readonly connectedAt: number;
  readonly lastUsedAt: number;
  /** A form with one button that takes the access back. */
  readonly revoke: FormView;
}

export interface AccountView {
  readonly account: { readonly email: string; readonly name: string };
  readonly connections: readonly ConnectionView[];
  /** Address of the next page of connections. */
  readonly next?: string;
  readonly signOut: FormView;
  /** Name of an application whose access was just taken back. */
  readonly revoked?: string;
}

export interface SignOutView {
  readonly form: FormView;
  readonly account: { readonly email: string };
}

export interface ErrorView {
  readonly status: number;
  readonly title: string;
  readonly text: string;
  readonly reason: string;
  /** Quote it to the operator: the log line of this refusal carries the same. */
  readonly decision: string;
}

/** Each answers a whole HTML document as a string. */
export interface Pages {
  signIn(view: SignInView): string;
  consent(view: ConsentView): string;
  account(view: AccountView): string;
  signOut(view: SignOutView): string;
  signedOut(): string;
  error(view: ErrorView): string;
}
