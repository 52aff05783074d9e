/**
 * Checks all chains of a database or of an exported file, and reports what is wrong. With the
 * sealing key, it proves that an owner of the key wrote everything. Without the key, it checks only
 * hashes and order.
 */
import type { AuditHead } from '@keywright/core';
import type { Link, Signer } from './chain.ts';
import { gatherSaid, type Said } from './said.ts';
import type { AuditSource, Verified } from './verified.ts';
import { ChainCheck } from './chain-check.ts';

/** A running process signs its head once a minute. */
const livingWithinMs = 3 * 60_000;

export interface VerifyOptions {
  /** Without it, only hashes and order are checked. */
  readonly signer?: Signer | undefined;
  readonly nowMs: number;
  /** Ends of chains that are known from another source: an earlier export, or the log. */
  readonly known?: readonly Link[];
}

export async function verifyAudit(
  source: AuditSource,
  { signer, nowMs, known = [] }: VerifyOptions,
): Promise<Verified> {
  const said = await gatherSaid(source, signer, known);
  const check = new ChainCheck(source, signer, said);
  for await (const head of source.heads()) check.addHead(head);
  for await (const entry of source.entries()) await check.step(entry);
  await check.end();
  return { ...check.result, ...describeEnds(check.heads, said, nowMs) };
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
