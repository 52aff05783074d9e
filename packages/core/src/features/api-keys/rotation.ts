/**
 * Rotation: the key gets a successor with a new secret. The former key stays valid until the new
 * one is installed.
 */
import { makeApiKey } from '@keywright/jwt';
import { ConfigError, type ConfigProblem } from '../../model/errors.ts';
import type { ApiKey } from '../../model/entities.ts';
import {
  checkLifetime,
  fault,
  type IssuedApiKey,
  type IssuingPorts,
  stored,
} from './registration.ts';

/**
 * How long the former key stays valid after a rotation, unless the rotation says otherwise: a day.
 */
export const defaultOverlapSeconds = 86_400;
const longestOverlapSeconds = 30 * 86_400;

/** How an API key is replaced. */
export interface ApiKeyRotation {
  /**
   * How long the former key stays valid, at most until its own end. Default a day, at most 30 days.
   * 0 ends it at once.
   */
  readonly overlapSeconds?: number | undefined;
  /** Default: the lifetime of the former key. */
  readonly lifetimeSeconds?: number | undefined;
}

/**
 * Issues an API key like the former one with a new secret, and gives the former one an expiry
 * time. Of two rotations of one key, the second is refused.
 * @throws ConfigError for an unknown, ended or already replaced key, and for times out of bounds
 */
export async function rotateApiKey(
  ports: IssuingPorts,
  id: string,
  { overlapSeconds = defaultOverlapSeconds, lifetimeSeconds }: ApiKeyRotation = {},
): Promise<IssuedApiKey> {
  checkRotation(overlapSeconds, lifetimeSeconds);
  const now = ports.clock.nowSeconds();
  const former = await ports.store.apiKeys.load(id);
  if (former === undefined) throw fault('id', `${id} is not an API key`);
  const made = makeApiKey(former.environment, (length) => ports.random.bytes(length));
  const successor = makeSuccessor(former, stored(made), now, lifetimeSeconds ?? lifetimeOf(former));
  const formerExpiresAt = now + overlapSeconds;
  const { outcome } = await ports.store.apiKeys.rotate(successor, formerExpiresAt, now);
  if (outcome === 'replaced-before')
    throw fault('id', `${id} has a successor already: rotate or revoke the successor`);
  if (outcome === 'ended') throw fault('id', `${id} was revoked or has expired: issue a new key`);
  const { id: keyId, clientId, replaces } = successor;
  ports.events?.emit({ type: 'api_key.rotated', clientId, keyId, replaces, formerExpiresAt });
  return { key: successor, text: made.text };
}

function checkRotation(overlapSeconds: number, lifetimeSeconds: number | undefined): void {
  const problems: ConfigProblem[] = [];
  const say = (member: string, message: string) =>
    void problems.push({ path: `api_key.${member}`, message });
  if (
    !Number.isInteger(overlapSeconds) ||
    overlapSeconds < 0 ||
    overlapSeconds > longestOverlapSeconds
  )
    say('overlap', 'must be between 0 and 30 days');
  if (lifetimeSeconds !== undefined) checkLifetime(lifetimeSeconds, say);
  if (problems.length > 0) throw new ConfigError(problems);
}

function makeSuccessor(
  former: ApiKey,
  made: Pick<ApiKey, 'id' | 'environment' | 'digest'>,
  now: number,
  lifetimeSeconds: number | undefined,
): ApiKey & { readonly replaces: string } {
  const { clientId, name, audience, scopes, networks } = former;
  const end = lifetimeSeconds === undefined ? {} : { expiresAt: now + lifetimeSeconds };
  return {
    ...made,
    clientId,
    name,
    audience,
    scopes,
    networks,
    createdAt: now,
    ...end,
    replaces: former.id,
  };
}

/** A key is rotated only once, so its end at this time is its first end. */
function lifetimeOf({ createdAt, expiresAt }: ApiKey): number | undefined {
  return expiresAt === undefined ? undefined : expiresAt - createdAt;
}
