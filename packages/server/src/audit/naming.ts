/**
 * Which ends of other chains are to be named by this one, so that none can be cut or taken away unseen. An end that has a mark is named
 * already; a mark that is not signed is none.
 */
import type { AuditHead, AuditStore, MarkedAuditHead } from '@keywright/core';
import { isSignedHead, isSignedMark, type Link, type Signer, signMark } from './chain.ts';

export interface NamingOptions {
  readonly store: Pick<AuditStore, 'listUnlinked' | 'markLinked'>;
  readonly signer: Signer;
  readonly nowMs: () => number;
  /** The chain that names others. */
  readonly chain: string;
  /** The signed end of a chain is not what its process has signed. */
  readonly onForged: (chain: string) => void;
}

const mostLinks = 100;
/** The end of a chain that goes on is named so often; that of one that has ended at once. */
const openEveryMs = 10 * 60_000;
/** Whoever has not signed their end for so long has ended without a word. */
const silentAfterMs = 3 * 60_000;

export class Naming {
  readonly #options: NamingOptions;
  /** When this process named a chain that goes on. */
  readonly #namedAt = new Map<string, number>();

  constructor(options: NamingOptions) {
    this.#options = options;
  }

  /** Every end that nobody has named as it is now. */
  async loadAll(): Promise<readonly Link[]> {
    return (await this.#loadUnnamed()).map(toLink);
  }

  /** Those of chains that have ended, and of those that go on and were not named for a while. */
  async loadDue(): Promise<readonly Link[]> {
    return (await this.#loadUnnamed()).filter((head) => this.#isDue(head)).map(toLink);
  }

  /** Once the entry is stored that names them. */
  async mark(links: readonly Link[]): Promise<void> {
    const { store, signer, nowMs } = this.#options;
    for (const link of links) {
      await store.markLinked(link.chain, link.position, signMark(signer, link));
      this.#namedAt.set(link.chain, nowMs());
    }
    for (const [chain, at] of this.#namedAt) if (at < nowMs() - openEveryMs) this.#namedAt.delete(chain);
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
    const unnamed = [...listed.values()].filter((head) => !this.#isMarked(head)).slice(0, mostLinks);
    const genuine = unnamed.filter((head) => isSignedHead(this.#options.signer, head));
    for (const head of unnamed) if (!genuine.includes(head)) onForged(head.chain);
    return genuine;
  }

  #isMarked({ chain, position, markedPosition, markMac }: MarkedAuditHead): boolean {
    return markedPosition === position && isSignedMark(this.#options.signer, { chain, position }, markMac);
  }
}

function toLink({ chain, position, hash, signedAt }: AuditHead): Link {
  return { chain, position, hash, signedAt };
}
