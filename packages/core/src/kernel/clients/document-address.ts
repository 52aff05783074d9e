/**
 * Client ids that are addresses (Client ID Metadata Documents §3). Compared as they are written:
 * nothing is normalised.
 */
import { parseHttpsAddress } from '../../rules/web-address.ts';

const longest = 500;
/**
 * A scheme, a host with or without a port, a path, and perhaps a query. No user, no fragment, and
 * nothing that a URL parser would correct.
 */
const form = /^https:\/\/[A-Za-z0-9.\-[\]:]+(\/[^#?]*)(?:\?[^#]*)?$/;
const unsafe = /[^\x21-\x7e]|[\\<>"`{}|^]/;
const dotSegment = /\/(?:\.|%2e){1,2}(?:\/|$)/i;

/** Whether an id is an address: no other id begins like one (§7.1). */
export function isAddress(clientId: string): boolean {
  return clientId.startsWith('https://');
}

/** Why an address cannot be a client id, or undefined if it can. */
export function refuseDocumentAddress(clientId: string): string | undefined {
  if (clientId.length > longest) return `is longer than ${longest} characters`;
  const [, path] = form.exec(clientId) ?? [];
  if (path === undefined || unsafe.test(clientId) || parseHttpsAddress(clientId) === undefined)
    return 'is not an https address with a path, without user and fragment';
  // "MUST NOT contain single-dot or double-dot path components".
  return dotSegment.test(path) ? 'has dot segments' : undefined;
}

/** The host that users see. It is part of the address itself, so no other client can have it. */
export function hostOf(clientId: string): string {
  return new URL(clientId).host;
}
