/** The pages of a new account, and of the terms of use. */
import type { BrandView, ClientView, FormView } from './page-parts.ts';

/** What the page shows where a new account begins. The control is named `email`. */
export interface SignUpView {
  readonly brand?: BrandView;
  /** Absent where only who was invited may create an account. */
  readonly form?: FormView;
  /**
   * A challenge for the script of the pages, after too many attempts. Its solution is in the field
   * `work` of the form. Absent in a browser that need not work.
   */
  readonly work?: string;
  /** The address of the invitation cannot be changed. */
  readonly email: string;
  readonly isInvited: boolean;
  /** The address of the sign-in page, for users who have an account. */
  readonly signIn: string;
  readonly error?: string;
  readonly decision?: string;
}

/**
 * What the last page of a new account shows. The controls are named `name`, `new_password`,
 * `new_password_again`, and `terms` with the value `accepted`.
 */
export interface JoiningView {
  readonly brand?: BrandView;
  readonly form: FormView;
  readonly email: string;
  /** What the user typed before. */
  readonly name: string;
  /** Absent where there are no terms. */
  readonly terms?: { readonly url: string; readonly isAccepted: boolean };
  readonly error?: string;
  readonly faults?: readonly JoiningFaultView[];
  readonly decision?: string;
}

/** What is wrong with one control of the last page of a new account. */
export interface JoiningFaultView {
  readonly control: 'name' | 'new_password' | 'new_password_again' | 'terms' | 'password';
  readonly text: string;
}

/** What the page shows on which a user accepts the terms of use, after a sign-in. */
export interface TermsView {
  readonly brand?: BrandView;
  /** A form with one button, which accepts. */
  readonly form: FormView;
  readonly account: { readonly email: string };
  readonly terms: { readonly url: string; readonly version: string };
  /** The user has accepted another version before. */
  readonly isChanged: boolean;
  /** The application that sent the user; absent when they came on their own. */
  readonly client?: ClientView;
  /** A form with one button that returns to the application. Never without `client`. */
  readonly refuse?: FormView;
  /** The address of a page that is open without the terms. Never with `client`. */
  readonly later?: string;
}
