/** What several pages have in common. */

/** The client that sent the user, as pages name it. */
export interface ClientView {
  readonly name: string;
  readonly publisher?: string;
  readonly homepage?: string;
  /** The registered host that the answer goes to: where a look-alike shows itself. */
  readonly returnHost: string;
  readonly trust: 'first-party' | 'third-party' | 'unverified';
  /** The host of the address that is its id. It is certain, unlike the name. */
  readonly verifiedHost?: string;
  /** Whether its name could be taken for a part of this service. Only for unverified clients. */
  readonly hasBorrowedName?: boolean;
  /** Whether its metadata is different from what the user agreed to. */
  readonly hasChanged?: boolean;
  /** Addresses of its policy and terms: to be shown, and never loaded. */
  readonly links?: { readonly policy?: string; readonly terms?: string };
}

/** What an operator gives to the sign-in pages of one client of theirs. */
export interface BrandView {
  /** At the top of the page. The name of the service stays beside it. */
  readonly name?: string;
  /** A colour, as `#rrggbb`. */
  readonly accent?: string;
  /** A `data` address, checked. Never without `name`. */
  readonly logo?: { readonly url: string; readonly width: number; readonly height: number };
}

/** A form: the address that it posts to, and its hidden fields. */
export interface FormView {
  readonly action: string;
  readonly fields: Readonly<Record<string, string>>;
}

/**
 * A form that a script fills and sends: what an authenticator has signed, as JSON, in the hidden
 * field `passkey`. Without scripts it is not shown.
 */
export interface PasskeyRequestView {
  readonly form: FormView;
  /**
   * JSON for `navigator.credentials.get()` or `create()` (Web Authentication §5.1.8, §5.1.9), with
   * binary values in base64url.
   */
  readonly options: string;
}
