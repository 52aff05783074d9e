/**
 * Challenges for passkeys (Web Authentication §13.4.3). A challenge is not stored: it contains its
 * end and a MAC over what it is for and over the browser that may answer it. A replay marker makes
 * it valid once.
 */
import { digest, equalDigests } from '@keywright/jwt';
import type { Core } from '../core.ts';
import type { ReplayMarker } from '../../model/ports.ts';

type Sealing = Pick<Core, 'vault' | 'newSecret'>;

/** What a challenge is for, and who may answer it: the browser, or a session in it. */
export type ChallengeScope = `sign-in ${string}` | `registration ${string}`;

/** Long enough to fetch a security key or a phone. */
export const challengeSeconds = 600;

const purpose = 'passkey-challenge';
const form = /^([0-9]{1,12})\.([\w-]{43})\.([\w-]{43})$/;

/** A new challenge, in base64url. */
export function newChallenge(core: Sealing, scope: ChallengeScope, now: number): string {
  const text = `${now + challengeSeconds}.${core.newSecret()}`;
  const mac = core.vault.mac(purpose, `${scope} ${text}`);
  return Buffer.from(`${text}.${mac}`).toString('base64url');
}

/**
 * The marker to store when the challenge is spent. `foreign`: it was not made here for this scope.
 * `expired`: it was, but too long ago. Does not check whether it was spent.
 */
export function readChallenge(
  core: Pick<Core, 'vault'>,
  scope: ChallengeScope,
  challenge: string,
  now: number,
): ReplayMarker | 'foreign' | 'expired' {
  const match = form.exec(Buffer.from(challenge, 'base64url').toString('latin1'));
  if (match === null) return 'foreign';
  const [, end = '', nonce = '', mac = ''] = match;
  const macs = core.vault.macs(purpose, `${scope} ${end}.${nonce}`);
  if (!macs.some((one) => equalDigests(mac, one))) return 'foreign';
  const expiresAt = Number(end);
  // By the nonce: the same challenge can be written in base64url in two ways.
  return expiresAt <= now ? 'expired' : { id: `passkey ${digest(nonce)}`, expiresAt };
}
