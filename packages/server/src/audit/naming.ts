/**
 * Decides which ends of other chains this chain records, so that a cut or deleted chain is noticed.
 * An end with a signed mark is recorded already.
 */
import type { AuditHead, AuditStore, MarkedAuditHead } from '@keywright/core';
import { isSignedHead, isSignedMark, type Link, type Signer, signMark } from './chain.ts';

export interface NamingOptions {
  readonly store: Pick<AuditStore, 'listUnlinked' | 'markLinked'>;
  readonly signer: Signer;
  readonly nowMs: () => number;
  /** The chain that records the others. */
  readonly chain: string;
  /** The signed end of a chain differs from the end that its process signed. */
  readonly onForged: (chain: string) => void;
}

const mostLinks = 100;
/**
 * How often the end of a running chain is recorded. The end of an ended chain is recorded at once.
 */
const openEveryMs = 10 * 60_000;
/** A process that has not signed its end for this time has ended without a close. */
const silentAfterMs = 3 * 60_000;

export class Naming {
  readonly #options: NamingOptions;
  /** When this process last recorded the end of a running chain. */
  readonly #namedAt = new Map<string, number>();

  constructor(options: NamingOptions) {
    this.#options = options;
  }

  /** Every end whose current value is not recorded. */
  async loadAll(): Promise<readonly Link[]> {
    return (await this.#loadUnnamed()).map(toLink);
  }

  /** Ends of ended chains, and ends of running chains that were not recorded for a while. */
  async loadDue(): Promise<readonly Link[]> {
    return (await this.#loadUnnamed()).filter((head) => this.#isDue(head)).map(toLink);
  }

  /** Called after the entry that records them is stored. */
  async mark(links: readonly Link[]): Promise<void> {
    const { store, signer, nowMs } = this.#options;
    for (const link of links) {
      await store.markLinked(link.chain, link.position, signMark(signer, link));
      this.#namedAt.set(link.chain, nowMs());
    }
    for (const [chain, at] of this.#namedAt)
      if (at < nowMs() - openEveryMs) this.#namedAt.delete(chain);
  }

  #isDue({ chain, signedAt, isClosed }: AuditHead): boolean {
    const now = this.#options.nowMs();
    if (isClosed || signedAt < now - silentAfterMs) return true;
    return (this.#namedAt.get(chain) ?? -Infinity) <= now - openEveryMs;
  }

  async #loadUnnamed(): Promise<readonly AuditHead[]> {
    const { store, chain, onForged } = this.#options;
    const listed = new Map((await store.listUnlinked(mostLinks)).map((head) => [head.chain, head]));
    listed.delete(chain);
    const unnamed = [...listed.values()]
      .filter((head) => !this.#isMarked(head))
      .slice(0, mostLinks);
    const genuine = unnamed.filter((head) => isSignedHead(this.#options.signer, head));
    for (const head of unnamed) if (!genuine.includes(head)) onForged(head.chain);
    return genuine;
  }

  #isMarked({ chain, position, markedPosition, markMac }: MarkedAuditHead): boolean {
    return (
      markedPosition === position &&
      isSignedMark(this.#options.signer, { chain, position }, markMac)
    );
  }
}

function toLink({ chain, position, hash, signedAt }: AuditHead): Link {
  return { chain, position, hash, signedAt };
}
