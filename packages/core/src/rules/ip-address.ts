/**
 * Addresses in certificates (RFC 5280 §4.2.1.6): 4 or 16 bytes, compared with an address as text.
 */
import { createNetworks, type Networks } from '@keywright/jwt';

/** One address as text, not a block. */
export function isAddress(written: string): boolean {
  return networkOf(written) !== undefined;
}

/** Whether these bytes are this address, in any spelling. */
export function sameAddress(bytes: Uint8Array, written: string): boolean {
  const isSixth = written.includes(':');
  if (bytes.length !== (isSixth ? 16 : 4)) return false;
  const address = isSixth ? groupsOf(bytes) : bytes.join('.');
  return networkOf(written)?.(address) === true;
}

/** The network that contains only this address. */
function networkOf(written: string): Networks | undefined {
  if (written.includes('/')) return undefined;
  try {
    return createNetworks([written]);
  } catch {
    return undefined;
  }
}

function groupsOf(bytes: Uint8Array): string {
  return Buffer.from(bytes)
    .toString('hex')
    .replaceAll(/(....)(?!$)/g, '$1:');
}
