/** What travels sealed in an address, as JSON: nobody reads it on the way, and nobody makes another. */
import type { Ports } from '../../model/ports.ts';

type Sealing = Pick<Ports, 'vault'>;

/** Servers on the way take addresses of 8 KB; what stands before the sealed text, and beside it, has the rest. */
const longest = 7600;
/** What the seal adds: version, extended nonce and tag. */
const sealBytes = 41;

/** Whether the address that carries it reaches us whatever stands on the way. */
export function fitsAddress(value: unknown): boolean {
  // In base64url: four characters for three bytes.
  return Math.ceil(((Buffer.byteLength(JSON.stringify(value)) + sealBytes) * 4) / 3) <= longest;
}

/** `owner`: for whom alone it means anything, such as the account that it is told to. Does not stop replay: put a time into it. */
export function sealValue({ vault }: Sealing, purpose: string, value: unknown, owner?: string): string {
  return vault.seal(purpose, JSON.stringify(value), owner);
}

/** Undefined without a text, or for what was not sealed here for this purpose and owner. */
export function unsealValue(
  { vault }: Sealing,
  purpose: string,
  sealed: string | undefined,
  owner?: string,
): unknown {
  const plain = sealed === undefined ? undefined : vault.unseal(purpose, sealed, owner);
  return plain === undefined ? undefined : (JSON.parse(Buffer.from(plain).toString('utf8')) as unknown);
}
