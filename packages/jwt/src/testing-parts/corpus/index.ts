/**
 * The attack corpus: tokens that no door may take, each made from a good one by one change, and
 * controls that every door must take. It is told by who can judge: every verifier, one that stands
 * for an audience, one that acts on the caller.
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

/** Judged by every verifier of access tokens. */
export const attacksOnTokens: readonly HostileToken[] = [
  ...algorithmAttacks,
  ...keyAttacks,
  ...signatureAttacks,
  ...formAttacks,
  ...jsonAttacks,
  ...typeAttacks,
  ...claimAttacks,
];

/** Judged by a verifier that knows its own audience. */
export const attacksOnAudience = audienceAttacks;

/** Judged by an API that asks for `buildings:read`. */
export const attacksOnCaller = callerAttacks;
