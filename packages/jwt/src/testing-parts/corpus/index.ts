/**
 * The attack corpus: tokens that every verifier must refuse, each made from a valid one by one
 * change, and controls that every verifier must accept. The groups are for different verifiers: for
 * every verifier, for one that knows its audience, for one that decides about the caller.
 */
import { algorithmAttacks } from './algorithms.ts';
import { claimAttacks } from './claims.ts';
import type { HostileToken } from './forge.ts';
import { formAttacks } from './form.ts';
import { jsonAttacks } from './json.ts';
import { keyAttacks } from './keys.ts';
import { audienceAttacks, callerAttacks } from './resource.ts';
import { signatureAttacks } from './signatures.ts';
import { typeAttacks } from './types.ts';

export * from './forge.ts';

/** For every verifier of access tokens. */
export const attacksOnTokens: readonly HostileToken[] = [
  ...algorithmAttacks,
  ...keyAttacks,
  ...signatureAttacks,
  ...formAttacks,
  ...jsonAttacks,
  ...typeAttacks,
  ...claimAttacks,
];

/** For a verifier that knows its own audience. */
export const attacksOnAudience = audienceAttacks;

/** For an API that demands `buildings:read`. */
export const attacksOnCaller = callerAttacks;
