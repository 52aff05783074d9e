/**
 * Goes through all chains of a database or of an exported file, and says what does not fit. With the sealing key it proves that everything
 * was written by somebody who has it; without, only that hashes and order are whole.
 */
import type { AuditEntry, AuditHead } from '@keywright/core';
import type { Link, Signer } from './chain.ts';
import { gatherSaid, type Said } from './said.ts';
import { Walk } from './walk.ts';

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
  /** Chains that no process goes on with, and none has closed: it was killed, or the end was cut off and an older head put back. */
  readonly unclosed: readonly AuditHead[];
  /** Ended, and named by no other chain: these could be removed unseen. */
  readonly unlinked: readonly string[];
  /** Chains that name no other at their beginning: one when all began with one process. */
  readonly roots: readonly { readonly chain: string; readonly at: number }[];
}

/** A living process signs its head once a minute. */
const livingWithinMs = 3 * 60_000;

export interface VerifyOptions {
  /** Without it, hashes and order alone are looked at. */
  readonly signer?: Signer | undefined;
  readonly nowMs: number;
  /** Ends of chains that are known from elsewhere: from a former export, or the log. */
  readonly known?: readonly Link[];
}

export async function verifyAudit(
  source: AuditSource,
  { signer, nowMs, known = [] }: VerifyOptions,
): Promise<Verified> {
  const said = await gatherSaid(source, signer, known);
  const walk = new Walk(source, signer, said);
  for await (const head of source.heads()) walk.addHead(head);
  for await (const entry of source.entries()) await walk.step(entry);
  await walk.end();
  return { ...walk.result, ...describeEnds(walk.heads, said, nowMs) };
}

function describeEnds(heads: ReadonlyMap<string, AuditHead>, { links }: Said, nowMs: number) {
  const ended = [...heads.values()].filter(
    ({ isClosed, signedAt }) => isClosed || signedAt < nowMs - livingWithinMs,
  );
  return {
    unclosed: ended.filter(({ isClosed }) => !isClosed),
    unlinked: ended
      .filter(({ chain, position }) => links.get(chain)?.has(position) !== true)
      .map(({ chain }) => chain),
  };
}
