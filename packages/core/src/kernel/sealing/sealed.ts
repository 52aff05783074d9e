/** JSON that is sealed in an address, so that nobody else can read or make it. */
import type { Ports } from '../../model/ports.ts';

type Sealing = Pick<Ports, 'vault'>;

/** Servers on the way accept addresses of 8 KB. The other parts of the address need the rest. */
const longest = 7600;
/** The bytes that the seal adds: version, extended nonce and tag. */
const sealBytes = 41;

/** Whether an address with it is short enough for all servers on the way. */
export function fitsAddress(value: unknown): boolean {
  // In base64url: four characters for three bytes.
  return Math.ceil(((Buffer.byteLength(JSON.stringify(value)) + sealBytes) * 4) / 3) <= longest;
}

/**
 * `owner`: the only one for whom it is valid, such as an account. Does not prevent replay: put a
 * time into it.
 */
export function sealValue(
  { vault }: Sealing,
  purpose: string,
  value: unknown,
  owner?: string,
): string {
  return vault.seal(purpose, JSON.stringify(value), owner);
}

/** Undefined without a text, or if it was not sealed here for this purpose and owner. */
export function unsealValue(
  { vault }: Sealing,
  purpose: string,
  sealed: string | undefined,
  owner?: string,
): unknown {
  const plain = sealed === undefined ? undefined : vault.unseal(purpose, sealed, owner);
  return plain === undefined
    ? undefined
    : (JSON.parse(Buffer.from(plain).toString('utf8')) as unknown);
}
