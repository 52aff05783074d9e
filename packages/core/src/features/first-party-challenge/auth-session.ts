/**
 * `auth_session` (OAuth 2.0 for First-Party Applications, §5.3.1) connects the steps of one sign-in
 * without a browser. Nothing is stored: it is sealed for its client, and for the key of the client
 * if it proves one. It gives one code. After that it only shows that the device is known.
 */
import { digest } from '@keywright/jwt';
import type { AuthorizationRequest } from '../authorization/authorization-request.ts';
import type { Core } from '../../kernel/core.ts';
import { OAuthError } from '../../model/errors.ts';
import type { Account, Client } from '../../model/entities.ts';
import { sealValue, unsealValue } from '../../kernel/sealing/sealed.ts';
import type { Confirmation } from '../../model/terms.ts';

/** How long a device is known after a sign-in on it. */
const knownDeviceSeconds = 365 * 86_400;

/** From the first step to the code. No step extends it. */
export const authSessionSeconds = 600;

export interface AuthSession {
  readonly request: AuthorizationRequest;
  /** The DPoP key that the first step proved. Each later step proves it again (§9.5.1). */
  readonly thumbprint?: string;
  /** What the user typed in an earlier step. */
  readonly username?: string;
  /**
   * If the password was right and a second factor is missing: a digest of the hash of the password.
   */
  readonly proven?: string;
  readonly knownDevice?: KnownDevice;
}

/**
 * §5.3.1: the rest of a session that gave a code. The client sends it with its next request, so
 * that the device is known.
 */
export interface KnownDevice {
  /** The account, by its address. */
  readonly account: string;
  readonly mark: string;
  readonly thumbprint?: string;
  readonly until: number;
}

/**
 * It cannot be used to sign in. It says which account has signed in with this client on this
 * device.
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
 * Undefined for a text that is not the mark of a device. Throws challenge_session_invalid if it is
 * too old, or of another key (§9.5.1).
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
 * Throws challenge_session_invalid if it was not sealed here, is of another client or key, or is
 * too old.
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
