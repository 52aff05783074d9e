/**
 * What the store keeps of the clients that a session signed in, so that they can learn of its end.
 */
import type { Delivery } from './delivery-ports.ts';

/** A client that must be notified when a session ends (Back-Channel Logout §2.2). */
export interface LogoutTarget {
  readonly sessionId: string;
  readonly clientId: string;
  /**
   * As the ID tokens of this client called the session. A session that went over into another one
   * may have had two names.
   */
  readonly sid: string;
  readonly accountId: string;
  /** The subject by which the client knows the user. */
  readonly subject: string;
  /** The end of the session. */
  readonly expiresAt: number;
}

/**
 * The clients in the store that must be notified that a session ended. Each method is one atomic,
 * durable act.
 */
export interface LogoutStore {
  /**
   * If the session has ended meanwhile, the target has ended as well. An existing one is not
   * changed.
   */
  add(target: LogoutTarget): Promise<void>;
  /** Targets of ended sessions that were not notified yet. */
  listEnded(limit: number): Promise<readonly LogoutTarget[]>;
  /**
   * One act: replaces the target by its delivery, if it has one. False if another node was first.
   */
  hand(target: LogoutTarget, delivery: Delivery | undefined): Promise<boolean>;
}
