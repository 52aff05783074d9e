/** By which of the server's algorithms something is signed for a client: a member like `userinfo_signed_response_alg`. */
import type { SigningAlgorithm } from '@keywright/jwt';
import type { Say } from './check.ts';
/** Undefined where the client named none, or one that there is no key of: that has been said. */
export function checkSigningAlgorithm(
  wanted: string | undefined,
  algorithms: readonly SigningAlgorithm[],
  member: string,
  say: Say,
): SigningAlgorithm | undefined {
  const algorithm = algorithms.find((one) => one === wanted);
  if (wanted !== undefined && algorithm === undefined) say(member, `must be one of ${algorithms.join(', ')}`);
  return algorithm;
}
