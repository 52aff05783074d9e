/** What the sessions of users ask of the store. */
import type { Delivery } from './delivery-ports.ts';
import type { Session, SignedIn } from './entities.ts';
import type { LogoutTarget } from './logout-ports.ts';

/**
 * The sessions in the store, by the digests of their cookies. Each method is one atomic, durable
 * act.
 */
export interface SessionStore {
  /**
   * One act: starts a session in place of the former one of the browser. The families of the
   * former session go over to the new one if the account is the same. If it is another account,
   * the former session ends as by sign-out. Its codes end in both cases. With `passwordHash`:
   * false, and nothing changed, unless the account is active and has this hash. The mail is
   * stored in the same act.
   */
  start(
    session: Session,
    formerDigest?: string,
    passwordHash?: string,
    mail?: Delivery,
  ): Promise<boolean>;
  /**
   * The session with its account, in one read. Undefined if it is unknown or expired, or if the
   * account is not active.
   */
  load(digest: string, idleSeconds: number, now: number): Promise<SignedIn | undefined>;
  /** Keeps the time and the network of the last use. */
  touch(digest: string, now: number, network?: string): Promise<void>;
  /**
   * One act: ends the session, with its codes and families, except families with `offline_access`.
   * Returns the clients that are to be told.
   */
  end(digest: string, now: number): Promise<readonly LogoutTarget[]>;
  /** The active sessions of an account, the last used first, at most `limit`. */
  list(
    accountId: string,
    idleSeconds: number,
    now: number,
    limit: number,
  ): Promise<readonly Session[]>;
  /**
   * One act: ends one session of the account by its id, as `end` does. False if the account has no
   * active session with this id.
   */
  endOne(accountId: string, id: string, now: number): Promise<boolean>;
  /**
   * One act: ends all sessions of the account except one, as `end` does. The families without
   * `offline_access` that belong to no session end too. Nothing changed if the account does not
   * have the session `keptId`: then it answers undefined, and otherwise how many ended.
   */
  endOthers(accountId: string, keptId: string, now: number): Promise<number | undefined>;
}
