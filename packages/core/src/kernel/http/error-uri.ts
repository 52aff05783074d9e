/**
 * `error_uri` (RFC 6749 §4.1.2.1, §5.2): the page that explains a refusal. It contains the id with
 * which the operator finds the log line.
 */
import type { RefusalReason } from '@keywright/wire';

/** The path of the pages. */
export const explanations = '/errors/';

/** Only the characters %x21 / %x23-5B / %x5D-7E: the issuer was checked, and the rest is fixed. */
export function errorUri(issuer: string, reason: RefusalReason, decision: string): string {
  return `${issuer}${explanations}${reason}?decision=${decision}`;
}
