/** Passkeys: credentials of Web Authentication (Level 3) that users sign in with. */
import type { ReplayMarker } from './authorization-ports.ts';
import type { Delivery } from './delivery-ports.ts';
import type { Account, Session } from './entities.ts';

/** A passkey of an account. */
export interface Passkey {
  /** The credential id, in base64url. */
  readonly id: string;
  readonly accountId: string;
  /** COSE_Key, in base64url. */
  readonly publicKey: string;
  /** The signature counter of the authenticator. 0 if it does not count. */
  readonly counter: number;
  /** How a browser reaches the authenticator, as the browser said: `internal`, `usb`, `hybrid`. */
  readonly transports: readonly string[];
  /** The model of the authenticator, as a UUID. Zeros if it does not say. */
  readonly aaguid: string;
  /** Whether it may exist on several devices. Otherwise it never leaves its authenticator. */
  readonly isSyncable: boolean;
  /** Whether it was backed up when it was used last. */
  readonly isBackedUp: boolean;
  readonly name: string;
  readonly createdAt: number;
  readonly lastUsedAt?: number;
}

/** A new passkey, with what is stored in the same act. */
export interface NewPasskey {
  readonly passkey: Passkey;
  /** The challenge that it answered. */
  readonly challenge: ReplayMarker;
  /** How many passkeys an account may have. */
  readonly most: number;
  readonly mail: Delivery | undefined;
}

/**
 * `spent`: the challenge was answered before. `taken`: there is a passkey with this id. `full`: the
 * account has as many as it may have. `absent`: there is no active account.
 */
export type AddPasskeyOutcome = 'added' | 'spent' | 'taken' | 'full' | 'absent';

/** `last`: without it, nobody could sign in to the account. */
export type RemovePasskeyOutcome = 'removed' | 'last' | 'absent';

/** A sign-in with a passkey that was verified. */
export interface PasskeySignIn {
  readonly id: string;
  readonly challenge: ReplayMarker;
  readonly counter: number;
  readonly isBackedUp: boolean;
  readonly session: Session;
  /** The digest of the former session of the browser. */
  readonly formerDigest: string | undefined;
  readonly mail: Delivery | undefined;
}

/**
 * `spent`: the challenge was answered before. `counter`: it did not go up, so the key may be on two
 * devices. `absent`: the passkey was removed, or its account is not active.
 */
export type PasskeySignInOutcome = 'started' | 'spent' | 'counter' | 'absent';

/** The passkeys in the store, by their credential ids. Each method is one atomic, durable act. */
export interface PasskeyStore {
  /** Spends the challenge. Nothing else changes unless the outcome is `added`. */
  add(added: NewPasskey, now: number): Promise<AddPasskeyOutcome>;
  /** The oldest first. */
  list(accountId: string): Promise<readonly Passkey[]>;
  /** With its account, if that is active. */
  load(id: string): Promise<{ readonly passkey: Passkey; readonly account: Account } | undefined>;
  /** False if the account has no such passkey. */
  rename(id: string, accountId: string, name: string): Promise<boolean>;
  /**
   * Nothing changes unless the outcome is `removed`. `mayBeLast`: also if the account has no
   * password and no other passkey.
   */
  remove(
    id: string,
    accountId: string,
    removal: { readonly mayBeLast: boolean; readonly mail: Delivery | undefined },
  ): Promise<RemovePasskeyOutcome>;
  /**
   * Spends the challenge. Starts a session as `SessionStore.start` does if the outcome is
   * `started`, and changes nothing else if it is not.
   */
  signIn(signIn: PasskeySignIn, now: number): Promise<PasskeySignInOutcome>;
}

/** What a browser must have done: for this origin, this relying party and this challenge. */
export interface PasskeyExpectation {
  /** In base64url, as the browser returns it. */
  readonly challenge: string;
  readonly origin: string;
  readonly rpId: string;
}

/** A passkey that was registered. */
export type RegisteredPasskey = Pick<
  Passkey,
  'id' | 'publicKey' | 'counter' | 'aaguid' | 'isSyncable' | 'isBackedUp'
>;

/** What a passkey has signed. */
export interface PasskeyUse {
  readonly counter: number;
  readonly isBackedUp: boolean;
}

/**
 * The port that verifies what an authenticator has signed (Web Authentication §7). User
 * verification is always demanded. It resolves undefined for everything that is not right.
 */
export interface PasskeyVerifier {
  /**
   * What a new passkey is asked for (Web Authentication §5.4.7): `direct` if the verifier decides
   * by the model of the authenticator.
   */
  readonly attestation: 'none' | 'direct';
  /** Of the response of `navigator.credentials.create()`, as JSON. */
  verifyRegistration(
    response: Readonly<Record<string, unknown>>,
    expected: PasskeyExpectation,
  ): Promise<RegisteredPasskey | undefined>;
  /**
   * Of the response of `navigator.credentials.get()`, as JSON. Does not compare counters, because
   * the store does.
   */
  verifyAssertion(
    response: Readonly<Record<string, unknown>>,
    passkey: Pick<Passkey, 'id' | 'publicKey'>,
    expected: PasskeyExpectation,
  ): Promise<PasskeyUse | undefined>;
}
