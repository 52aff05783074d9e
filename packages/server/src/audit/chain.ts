/**
 * How entries are chained and signed. The hash of an entry covers the one before, so a chain can be followed by anybody; the MAC of a hash
 * needs the sealing key, so nobody without it can make another chain that passes.
 */
import { hash } from 'node:crypto';
import type { AuditEntry, AuditHead, Vault } from '@keywright/core';

export type Signer = Pick<Vault, 'mac'>;

/** Where a chain is known to go on from. */
export interface Link {
  readonly chain: string;
  readonly position: number;
  readonly hash: string;
  readonly signedAt: number;
}

export interface Occurrence {
  readonly at: number;
  readonly type: string;
  readonly body: Readonly<Record<string, unknown>>;
}

export type Place = Pick<AuditHead, 'chain' | 'position' | 'hash'>;

type Hashed = Omit<AuditEntry, 'hash' | 'mac' | 'account' | 'clientId'>;

/** A JSON array: no two entries have one text. */
export function hashEntry({ chain, position, at, type, body, previous }: Hashed): string {
  const text = JSON.stringify(['keywright-audit-1', chain, position, at, type, body, previous]);
  return hash('sha256', text, 'base64url');
}

export function signHash(signer: Signer, entryHash: string): string {
  return signer.mac('audit', entryHash);
}

export function signHead(signer: Signer, head: Omit<AuditHead, 'mac'>): string {
  const { chain, position, hash: last, signedAt, isClosed } = head;
  return signer.mac('audit-head', JSON.stringify([chain, position, last, signedAt, isClosed]));
}

/** Of the mark that another chain names an end: whoever has not the key cannot keep an end from being named. */
export function signMark(signer: Signer, { chain, position }: Pick<Place, 'chain' | 'position'>): string {
  return signer.mac('audit-mark', JSON.stringify([chain, position]));
}

/** The entry that follows. */
export function chainEntry(signer: Signer, last: Place, { at, type, body }: Occurrence): AuditEntry {
  const { chain } = last;
  const plain = {
    chain,
    position: last.position + 1,
    at,
    type,
    body: JSON.stringify(body),
    previous: last.hash,
  };
  const entryHash = hashEntry(plain);
  return { ...plain, ...foundBy(body), hash: entryHash, mac: signHash(signer, entryHash) };
}

export function signedHead(
  signer: Signer,
  { chain, position, hash: last }: Place,
  at: number,
  isClosed: boolean,
) {
  const head = { chain, position, hash: last, signedAt: at, isClosed };
  return { ...head, mac: signHead(signer, head) };
}

/** The columns that an entry is found by. A mark stands for a person whose account is not known. */
export function foundBy(body: Readonly<Record<string, unknown>>): Pick<AuditEntry, 'account' | 'clientId'> {
  const { accountId, account, clientId } = body;
  const person = accountId ?? account;
  return {
    ...(typeof person === 'string' ? { account: person } : {}),
    ...(typeof clientId === 'string' ? { clientId } : {}),
  };
}
