/**
 * Initial access tokens (RFC 7591 §1.2, §3), with an expiry and a number of uses. They are sealed,
 * so that an unused one needs no row. A rate limit in the store counts the uses, exactly over all
 * nodes. It gives no use back during the life of the token.
 */
import type { AdminScope } from '../../apis/admin.ts';
import type { Core } from '../../core.ts';
import { OAuthError } from '../../../model/errors.ts';
import type { Bucket, Ports } from '../../../model/ports.ts';

interface InitialToken {
  readonly id: string;
  /** The service that made it through the admin API. Absent if a command made it. */
  readonly by?: string;
  readonly uses: number;
  readonly madeAt: number;
  readonly expiresAt: number;
}

export interface InitialTokenRequest {
  readonly expiresInSeconds: number;
  readonly uses: number;
}

export interface MadeInitialToken {
  readonly token: string;
  readonly id: string;
  readonly uses: number;
  readonly expiresAt: number;
}

const daySeconds = 86_400;
export const defaultInitialToken: InitialTokenRequest = { expiresInSeconds: daySeconds, uses: 1 };
const longestLifeSeconds = 365 * daySeconds;
const mostUses = 10_000;

/** Why an initial access token of this lifetime and number of uses cannot be made, or undefined. */
export function refuseInitialToken({
  expiresInSeconds,
  uses,
}: InitialTokenRequest): string | undefined {
  if (!isWithin(expiresInSeconds, longestLifeSeconds))
    return `its lifetime must be 1 to ${longestLifeSeconds} seconds`;
  return isWithin(uses, mostUses)
    ? undefined
    : `its uses must be a whole number from 1 to ${mostUses}`;
}

function isWithin(value: number, most: number): boolean {
  return Number.isSafeInteger(value) && value >= 1 && value <= most;
}

type MakingPorts = Pick<Ports, 'vault' | 'clock' | 'random' | 'events'>;

/**
 * Makes an initial access token (RFC 7591 §3), with which clients can be registered until it
 * expires or is used up. Stores nothing, and cannot be revoked. Does not check the request: use
 * `refuseInitialToken` first.
 */
export function makeInitialToken(
  ports: MakingPorts,
  { expiresInSeconds, uses }: InitialTokenRequest,
  by?: string,
): MadeInitialToken {
  const madeAt = ports.clock.nowSeconds();
  const name = `iat_${Buffer.from(ports.random.bytes(16)).toString('base64url')}`;
  const expiresAt = madeAt + expiresInSeconds;
  const maker = by === undefined ? {} : { by };
  const token: InitialToken = { id: name, uses, madeAt, expiresAt, ...maker };
  const { id } = token;
  ports.events.emit({ type: 'registration_token.made', tokenId: id, uses, expiresAt, ...maker });
  return {
    token: ports.vault.seal('initial-access-token', JSON.stringify(token)),
    id,
    uses,
    expiresAt,
  };
}

/**
 * Throws registration_token_invalid. The answer is the same for a token that this server did not
 * make, for an expired token, and for a token whose maker may not make tokens now.
 */
export async function loadInitialToken(
  core: Core,
  text: string,
  now: number,
): Promise<InitialToken> {
  const plain = core.vault.unseal('initial-access-token', text);
  const token =
    plain === undefined
      ? undefined
      : (JSON.parse(Buffer.from(plain).toString('utf8')) as InitialToken);
  if (token === undefined || token.expiresAt <= now || !(await mayStillBeUsed(core, token)))
    throw new OAuthError('registration_token_invalid');
  return token;
}

/** The token of a service is valid only while the service has the scope. */
async function mayStillBeUsed({ loadClient }: Core, { by }: InitialToken): Promise<boolean> {
  if (by === undefined) return true;
  return (
    (await loadClient(by))?.scopes.includes('registration:write' satisfies AdminScope) === true
  );
}

/** Takes one use. Throws registration_token_invalid if none is left. */
export async function spendInitialToken(
  { store }: Core,
  token: InitialToken,
  now: number,
): Promise<void> {
  if ((await store.throttles.take([bucketOf(token)], now)) > 0)
    throw new OAuthError('registration_token_invalid', {
      log: { tokenId: token.id, note: 'used up' },
    });
}

export function giveBackInitialToken(
  { store }: Core,
  token: InitialToken,
  now: number,
): Promise<void> {
  return store.throttles.giveBack([bucketOf(token)], now);
}

/** A use is given back only after the whole life of the token. */
function bucketOf({ id, uses, madeAt, expiresAt }: InitialToken): Bucket {
  return { key: `registration:${id}`, intervalSeconds: expiresAt - madeAt, burst: uses };
}
