/**
 * `auth_session` (OAuth 2.0 for First-Party Applications, §5.3.1): what joins the steps of one
 * sign-in without a browser. Nothing is kept here: it is sealed, for its client alone, and where
 * the client proves a key, for that key. It gives one code, and after that a mark by which the
 * device is known when it asks again.
 */
import { digest } from '@keywright/jwt';
import type { AuthorizationRequest } from '../authorization/authorization-request.ts';
import type { Core } from '../../kernel/core.ts';
import { OAuthError } from '../../model/errors.ts';
import type { Account, Client } from '../../model/entities.ts';
import { sealValue, unsealValue } from '../../kernel/sealing/sealed.ts';
import type { Confirmation } from '../../model/terms.ts';

/** How long a device is known by which somebody has signed in. */
const knownDeviceSeconds = 365 * 86_400;

/** From the first step to the code; no step makes it longer. */
export const authSessionSeconds = 600;

export interface AuthSession {
  readonly request: AuthorizationRequest;
  /** Of the DPoP key that the first step proved; each later one proves it again (§9.5.1). */
  readonly thumbprint?: string;
  /** What the person typed in a step before. */
  readonly username?: string;
  /** After a right password, where a second factor is missing: a digest of the password’s hash. */
  readonly proven?: string;
  readonly knownDevice?: KnownDevice;
}

/**
 * §5.3.1: what is left of a session that gave a code. The client sends it with its next request,
 * and so is known again.
 */
export interface KnownDevice {
  /** Of the account's address. */
  readonly account: string;
  readonly mark: string;
  readonly thumbprint?: string;
  readonly until: number;
}

/**
 * Useless for signing in: what it says is who has signed in, with this client and on this device.
 */
export function sealKnownDevice(
  core: Core,
  client: Client,
  { emailKey }: Account,
  { thumbprint, knownDevice }: AuthSession,
  now: number,
): string {
  const account = digest(emailKey);
  const mark = knownDevice?.account === account ? knownDevice.mark : core.newSecret();
  const known: KnownDevice = {
    account,
    mark,
    until: now + knownDeviceSeconds,
    ...(thumbprint === undefined ? {} : { thumbprint }),
  };
  return sealValue(core, 'known-device', known, client.id);
}

/**
 * Undefined for what is no mark of a device. Throws challenge_session_invalid: too old, or another
 * key's (§9.5.1).
 */
export function unsealKnownDevice(
  core: Core,
  client: Client,
  sealed: string,
  shown: Confirmation | undefined,
  now: number,
): KnownDevice | undefined {
  const known = unsealValue(core, 'known-device', sealed, client.id) as KnownDevice | undefined;
  if (known === undefined) return undefined;
  if (now >= known.until) throw invalid(client, 'expired');
  if (known.thumbprint !== thumbprintOf(shown)) throw invalid(client, 'key');
  return known;
}

export function sealAuthSession(core: Core, client: Client, session: AuthSession): string {
  return sealValue(core, 'auth-session', session, client.id);
}

/**
 * Throws challenge_session_invalid: not sealed here, another client's, too old, or another key's.
 */
export function unsealAuthSession(
  core: Core,
  client: Client,
  sealed: string,
  shown: Confirmation | undefined,
  now: number,
): AuthSession {
  const session = unsealValue(core, 'auth-session', sealed, client.id) as AuthSession | undefined;
  if (session === undefined) throw invalid(client, 'unknown');
  if (now - session.request.createdAt >= authSessionSeconds) throw invalid(client, 'expired');
  // §9.5.1: the server must check that the same key is used whenever the client includes
  // auth_session.
  if (session.thumbprint !== thumbprintOf(shown)) throw invalid(client, 'key');
  return session;
}

export function thumbprintOf(shown: Confirmation | undefined): string | undefined {
  return shown !== undefined && 'jkt' in shown ? shown.jkt : undefined;
}

export function sessionSpent(client: Client): OAuthError {
  return invalid(client, 'gave a code before');
}

function invalid({ id: clientId }: Client, note: string): OAuthError {
  return new OAuthError('challenge_session_invalid', { log: { clientId, note } });
}
