/**
 * How entries are chained and signed. The hash of an entry covers the previous entry, so everybody
 * can follow a chain. The MAC of a hash needs the sealing key, so nobody without it can make
 * another valid chain.
 */
import { hash } from 'node:crypto';
import type { AuditEntry, AuditHead, Vault } from '@keywright/core';

export type Signer = Pick<Vault, 'mac' | 'macs'>;

/** A known position in a chain, from which the check continues. */
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

/** A JSON array, so that two different entries never have the same text. */
export function hashEntry({ chain, position, at, type, body, previous }: Hashed): string {
  const text = JSON.stringify(['keywright-audit-1', chain, position, at, type, body, previous]);
  return hash('sha256', text, 'base64url');
}

/** The input of a MAC: its purpose and the text. */
type Signed = readonly [purpose: string, text: string];

const ofHash = (entryHash: string): Signed => ['audit', entryHash];

const ofHead = ({
  chain,
  position,
  hash: last,
  signedAt,
  isClosed,
}: Omit<AuditHead, 'mac'>): Signed => [
  'audit-head',
  JSON.stringify([chain, position, last, signedAt, isClosed]),
];

const ofMark = ({ chain, position }: Pick<Place, 'chain' | 'position'>): Signed => [
  'audit-mark',
  JSON.stringify([chain, position]),
];

/**
 * The mark says that another chain has recorded this end. It is signed, so nobody without the key
 * can make an end look as if it were recorded.
 */
export function signMark(signer: Signer, place: Pick<Place, 'chain' | 'position'>): string {
  return signer.mac(...ofMark(place));
}

/** Signed with this sealing key, or with a key that was replaced later. */
export function isSignedHash(
  signer: Signer,
  { hash: entryHash, mac }: Pick<AuditEntry, 'hash' | 'mac'>,
) {
  return signer.macs(...ofHash(entryHash)).includes(mac);
}

export function isSignedHead(signer: Signer, head: AuditHead): boolean {
  return signer.macs(...ofHead(head)).includes(head.mac);
}

export function isSignedMark(
  signer: Signer,
  place: Pick<Place, 'chain' | 'position'>,
  mac: string | undefined,
): boolean {
  return mac !== undefined && signer.macs(...ofMark(place)).includes(mac);
}

/** Makes the next entry. */
export function chainEntry(
  signer: Signer,
  last: Place,
  { at, type, body }: Occurrence,
): AuditEntry {
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
  return { ...plain, ...foundBy(body), hash: entryHash, mac: signer.mac(...ofHash(entryHash)) };
}

export function signedHead(
  signer: Signer,
  { chain, position, hash: last }: Place,
  at: number,
  isClosed: boolean,
) {
  const head = { chain, position, hash: last, signedAt: at, isClosed };
  return { ...head, mac: signer.mac(...ofHead(head)) };
}

/** The columns for searching entries. A digest stands for a user whose account is not known. */
export function foundBy(
  body: Readonly<Record<string, unknown>>,
): Pick<AuditEntry, 'account' | 'clientId'> {
  const { accountId, account, clientId } = body;
  const person = accountId ?? account;
  return {
    ...(typeof person === 'string' ? { account: person } : {}),
    ...(typeof clientId === 'string' ? { clientId } : {}),
  };
}
