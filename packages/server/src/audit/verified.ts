/** What a check of the audit reads, and what it finds. */
import type { AuditEntry, AuditHead } from '@keywright/core';

export interface AuditSource {
  /** Chain by chain, each in its order. Asked for twice. */
  entries(): AsyncIterable<AuditEntry>;
  heads(): AsyncIterable<AuditHead>;
  /** The head as it is now: a process may have gone on meanwhile. */
  loadHead(chain: string): Promise<AuditHead | undefined>;
  /** What is older was left out on purpose, in milliseconds; of an export. */
  readonly since?: number;
}

export interface Fault {
  readonly chain: string;
  readonly position: number;
  readonly what: string;
}

export interface Verified {
  readonly entries: number;
  readonly chains: number;
  /** In the order in which they were found. Bounded. */
  readonly faults: readonly Fault[];
  /**
   * Chains that no process goes on with, and none has closed: it was killed, or the end was cut off
   * and an older head put back.
   */
  readonly unclosed: readonly AuditHead[];
  /** Ended, and named by no other chain: these could be removed unseen. */
  readonly unlinked: readonly string[];
  /** Chains that name no other at their beginning: one when all began with one process. */
  readonly roots: readonly { readonly chain: string; readonly at: number }[];
}
