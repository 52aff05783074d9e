/** What core asks of the store about invitations. */
import type { Delivery } from './delivery-ports.ts';
import type { Account, Session } from './entities.ts';
import type { Page, Paging } from './paging.ts';

/** An invitation to create an account with this address. */
export interface Invitation {
  /** Made from the secret in the link of its mail. The secret is not stored. */
  readonly id: string;
  readonly email: string;
  /** The key that the address is found by. */
  readonly emailKey: string;
  readonly createdAt: number;
  readonly expiresAt: number;
  /** When an account was created with it. It is used once. */
  readonly usedAt?: number;
}

/** The invitations in the store. Each method is one atomic, durable act. */
export interface InvitationStore {
  /** Stores the invitation and its mail in one act. */
  add(invitation: Invitation, mail: Delivery | undefined): Promise<void>;
  /** Also one that was used or has expired. */
  load(id: string): Promise<Invitation | undefined>;
  list(paging?: Paging): Promise<Page<Invitation>>;
  /** False if there is no such invitation, or it was used. */
  revoke(id: string): Promise<boolean>;
}

/** An account that its user creates, and the first session of it. */
export interface Joining {
  readonly account: Account;
  readonly session: Session;
  /** The session that the browser had before. It ends. */
  readonly formerDigest?: string;
  /** The invitation that is spent. */
  readonly invitationId?: string;
}

/** `taken`: the address has an account. `uninvited`: the invitation was used, or is void. */
export type JoinOutcome = 'joined' | 'taken' | 'uninvited';
