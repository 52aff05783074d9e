/** What entries say about other chains: which ends must exist, and which entries may be missing. */
import type { AuditEntry } from '@keywright/core';
import { hashEntry, isSignedHash, type Link, type Signer } from './chain.ts';
import type { AuditSource } from './verified.ts';

/**
 * The statements of valid entries about other chains. Invalid entries are reported when they are
 * checked themselves.
 */
export interface Said {
  readonly links: Map<string, Map<number, readonly Link[]>>;
  readonly prunedUntil: number;
}

const sayMore: ReadonlySet<string> = new Set(['audit.pruned', 'chain.started', 'chain.linked']);

export async function gatherSaid(
  source: AuditSource,
  signer: Signer | undefined,
  known: readonly Link[],
): Promise<Said> {
  const links: Said['links'] = new Map();
  const keep = (link: Link): void => {
    const ofChain = links.get(link.chain) ?? new Map<number, readonly Link[]>();
    const same = ofChain.get(link.position) ?? [];
    if (same.some(({ hash }) => hash === link.hash)) return;
    links.set(link.chain, ofChain.set(link.position, [...same, link]));
  };
  known.forEach(keep);
  let prunedUntil = source.since ?? 0;
  for await (const entry of source.entries()) {
    // If the second reading differs from the first, neither is trusted.
    if (!sayMore.has(entry.type) || findForgery(entry, signer) !== undefined) continue;
    linksOf(entry.body).forEach(keep);
    if (entry.type === 'audit.pruned')
      prunedUntil = Math.max(prunedUntil, numberOf(parseBody(entry.body)['until']));
  }
  return { links, prunedUntil };
}

/** Without a signer, checks only whether the hash belongs to the entry. */
export function findForgery(entry: AuditEntry, signer: Signer | undefined): string | undefined {
  if (entry.hash !== hashEntry(entry)) return 'the entry was changed, because its hash differs';
  if (signer !== undefined && !isSignedHash(signer, entry))
    return 'the entry is not signed with the sealing key';
  return undefined;
}

export function linksOf(body: string): readonly Link[] {
  const { links } = parseBody(body);
  return Array.isArray(links)
    ? (links as readonly Link[]).filter((link) => typeof link?.chain === 'string')
    : [];
}

export function parseBody(body: string): Record<string, unknown> {
  try {
    const parsed: unknown = JSON.parse(body);
    return typeof parsed === 'object' && parsed !== null ? (parsed as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

function numberOf(value: unknown): number {
  return typeof value === 'number' ? value : 0;
}
