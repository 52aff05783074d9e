/** Reads the audit in the database, chain by chain. */
import type { AuditEntry, AuditHead, AuditStore } from '@keywright/core';
import type { AuditSource } from './verified.ts';

const pageSize = 500;

/**
 * With `since`, in milliseconds: each chain that was active then, from its last entry before this
 * time.
 */
export function readStoredAudit(store: AuditStore, since?: number): AuditSource {
  return {
    entries: () => entriesOf(store, since),
    heads: () => headsOf(store, since),
    loadHead: (chain) => store.loadHead(chain),
    ...(since === undefined ? {} : { since }),
  };
}

async function* entriesOf(store: AuditStore, since: number | undefined): AsyncIterable<AuditEntry> {
  let chain = await store.nextChain('');
  while (chain !== undefined) {
    const head = since === undefined ? undefined : await store.loadHead(chain);
    const isLeftOut = since !== undefined && head !== undefined && head.signedAt < since;
    if (!isLeftOut)
      yield* entriesOfChain(store, chain, await placeBefore(store, chain, head, since));
    chain = await store.nextChain(chain);
  }
}

async function* entriesOfChain(
  store: AuditStore,
  chain: string,
  after: number,
): AsyncIterable<AuditEntry> {
  let page: readonly AuditEntry[];
  let from = after;
  do {
    page = await store.listChain(chain, from, pageSize);
    yield* page;
    from = page.at(-1)?.position ?? from;
  } while (page.length === pageSize);
}

/**
 * The position before the last entry that is older than `since`. Found by a binary search, because
 * a chain may be long.
 */
async function placeBefore(
  store: AuditStore,
  chain: string,
  head: AuditHead | undefined,
  since: number | undefined,
): Promise<number> {
  if (since === undefined || head === undefined) return 0;
  let [older, newer] = [0, head.position + 1];
  while (newer - older > 1) {
    const middle = Math.floor((older + newer) / 2);
    const [entry] = await store.listChain(chain, middle - 1, 1);
    // A missing entry was deleted, so it is older than all existing ones.
    if (entry !== undefined && entry.position === middle && entry.at >= since) newer = middle;
    else older = middle;
  }
  return Math.max(0, older - 1);
}

async function* headsOf(store: AuditStore, since: number | undefined): AsyncIterable<AuditHead> {
  let after: string | undefined;
  do {
    const page = await store.listHeads({
      limit: pageSize,
      ...(after === undefined ? {} : { after }),
    });
    for (const head of page.items) if (since === undefined || head.signedAt >= since) yield head;
    after = page.next;
  } while (after !== undefined);
}
