/**
 * What the audit asks of the store. The server decides what an entry contains and how entries are
 * chained (docs/guides/audit.md).
 */
import type { Page, Paging } from './paging.ts';

/** One entry of the audit log. Its hash covers the entry before it (docs/audit.md). */
export interface AuditEntry {
  /** The chain of one process. */
  readonly chain: string;
  /** 1, 2, 3 without a gap. */
  readonly position: number;
  /** In milliseconds since 1970. It never decreases within a chain. */
  readonly at: number;
  readonly type: string;
  /** JSON, to the byte as it was hashed. */
  readonly body: string;
  /** Entries can be found by these two. The body contains them as well. */
  readonly account?: string;
  readonly clientId?: string;
  /** The hash of the entry before; empty at the first. */
  readonly previous: string;
  readonly hash: string;
  readonly mac: string;
}

/** The signed end of a chain of the audit log. Without it, entries could be cut off unseen. */
export interface AuditHead {
  readonly chain: string;
  readonly position: number;
  readonly hash: string;
  /** When this was signed, in milliseconds. */
  readonly signedAt: number;
  /** Its process has ended in order: nothing follows. */
  readonly isClosed: boolean;
  readonly mac: string;
}

/** The end of a chain, and the position and MAC at which another chain has named it. */
export interface MarkedAuditHead extends AuditHead {
  /** Up to where another chain names it; 0 before one does. */
  readonly markedPosition: number;
  /** The MAC of the one that set the mark. If it does not fit, the mark was forged. */
  readonly markMac: string;
}

/** Which entries are listed. Every member that is set must match. */
export interface AuditFilter {
  readonly type?: string;
  /** Any of them. */
  readonly accounts?: readonly string[];
  readonly clientId?: string;
  /** In milliseconds: from this time on. */
  readonly since?: number;
  /** In milliseconds: before this time. */
  readonly until?: number;
}

/**
 * The audit log in the store. Each method is one atomic, durable act. The store does not check
 * hashes or MACs.
 */
export interface AuditStore {
  /**
   * One act, at most 64 entries: adds them and moves the head. A repeated call changes nothing.
   * False, and nothing changed, if the stored head is ahead of this one, or closed.
   */
  append(entries: readonly AuditEntry[], head: AuditHead): Promise<boolean>;
  /** Newest first. */
  list(filter?: AuditFilter, paging?: Paging): Promise<Page<AuditEntry>>;
  /** Entries of one chain behind a position, in their order. */
  listChain(chain: string, after: number, limit: number): Promise<readonly AuditEntry[]>;
  /**
   * The chain that has entries and follows this one in the order of ids; undefined when there is
   * none.
   */
  nextChain(after: string): Promise<string | undefined>;
  listHeads(paging?: Paging): Promise<Page<AuditHead>>;
  loadHead(chain: string): Promise<AuditHead | undefined>;
  /**
   * Heads that no mark names as they are now, the oldest first, and then those that were signed
   * last, whatever their marks: each at most `limit`. A head may be in both.
   */
  listUnlinked(limit: number): Promise<readonly MarkedAuditHead[]>;
  /** Another chain names this head at this position now. */
  markLinked(chain: string, position: number, mac: string): Promise<void>;
  /**
   * Whether `prune` would find something. Throws StoreUnavailableError when it would, but the
   * clocks differ.
   */
  hasPrunable(until: number): Promise<boolean>;
  /**
   * Deletes entries that are older than `until` (milliseconds), at most `limit`, and returns how
   * many. The last old entry of a chain that continues stays, because the next one is verified
   * with it.
   */
  prune(until: number, limit: number): Promise<number>;
}
