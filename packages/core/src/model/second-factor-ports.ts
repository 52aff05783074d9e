/** What core asks for about second factors: codes of an authenticator app, and recovery codes. */
import type { Delivery } from './delivery-ports.ts';
import type { SessionInPlace } from './entities.ts';

/**
 * The second factor of an account: a secret that it shares with an authenticator app (RFC 6238).
 * It is sealed, because it is needed again.
 */
export interface SecondFactor {
  readonly accountId: string;
  readonly sealedSecret: string;
  /** The time step of the code that was used last. Codes up to it are refused (RFC 6238 §5.2). */
  readonly lastStep: number;
  readonly createdAt: number;
}

/** A second factor, with the number of recovery codes that were not used. */
export interface KeptSecondFactor extends SecondFactor {
  readonly recoveryCodesLeft: number;
}

/** A new second factor, and what is stored in the same act. */
export interface Enrolment {
  readonly factor: SecondFactor;
  /** Digests of its recovery codes. */
  readonly recoveryCodes: readonly string[];
  /** The session that goes on with a new id and secret, in place of the former one. */
  readonly renewed: SessionInPlace;
  readonly mail: Delivery | undefined;
}

/** The second factors in the store. Each method is one atomic, durable act. */
export interface SecondFactorStore {
  load(accountId: string): Promise<KeptSecondFactor | undefined>;
  /**
   * Adds a second factor, and ends every session of the account except the renewed one, because
   * they were started without it. False, and nothing changed, if the account has one, or
   * the former session has ended.
   */
  enrol(enrolment: Enrolment, now: number): Promise<boolean>;
  /**
   * One conditional act: stores this time step as the last one. False, and nothing changed, if a
   * code of this step or a later one was used.
   */
  useStep(accountId: string, step: number): Promise<boolean>;
  /**
   * One conditional act: deletes the code. Returns how many are left. Undefined, and nothing
   * changed, if there is no such code.
   */
  useRecoveryCode(
    accountId: string,
    digest: string,
    mail: Delivery | undefined,
  ): Promise<number | undefined>;
  /** Replaces all recovery codes. False if the account has no second factor. */
  replaceRecoveryCodes(
    accountId: string,
    digests: readonly string[],
    mail: Delivery | undefined,
  ): Promise<boolean>;
  /** Removes the second factor and its recovery codes. False if there is none. */
  remove(accountId: string, mail: Delivery | undefined): Promise<boolean>;
}

/** What a user needs to put a secret into an authenticator app. */
export interface TotpDescription {
  /** An `otpauth` address. */
  readonly address: string;
  /** The secret in base32, for those who type it. */
  readonly secret: string;
  /** A QR code of the address, as a `data` address of an SVG picture. */
  readonly picture: string;
}

/**
 * The port for codes of authenticator apps: time-based one-time passwords (RFC 6238) of six digits,
 * with SHA-1 and steps of 30 seconds, because some apps ignore other values.
 */
export interface OneTimePasswords {
  /** `label`: the address of the account. */
  describe(secret: Uint8Array, label: string): Promise<TotpDescription>;
  /**
   * The time step of this code, at most one before or after the current one. Undefined if the code
   * is wrong. Does not check whether the code was used before.
   */
  findStep(secret: Uint8Array, code: string, nowSeconds: number): Promise<number | undefined>;
}
