/** The input and the result of a check. */
import type { AuditEntry, AuditHead } from '@keywright/core';

export interface AuditSource {
  /** Chain by chain, each in its order. Called twice. */
  entries(): AsyncIterable<AuditEntry>;
  heads(): AsyncIterable<AuditHead>;
  /** The head at this moment. The process may have continued meanwhile. */
  loadHead(chain: string): Promise<AuditHead | undefined>;
  /** Older entries were left out on purpose, in milliseconds. For an export. */
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
  /** In the order of detection. Limited in number. */
  readonly faults: readonly Fault[];
  /**
   * Chains without a close whose process does not run. Either it was killed, or somebody cut the
   * end off and restored an older head.
   */
  readonly unclosed: readonly AuditHead[];
  /** Ended chains whose end no other chain has recorded. Their removal would not be noticed. */
  readonly unlinked: readonly string[];
  /**
   * Chains that record no other chain at their beginning. There is one if everything began with one
   * process.
   */
  readonly roots: readonly { readonly chain: string; readonly at: number }[];
}
