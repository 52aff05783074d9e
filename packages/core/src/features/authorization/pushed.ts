/**
 * Stored pushed authorization requests (RFC 9126). They are found by the digest of their reference,
 * and sealed with a key that is not in the store. While the user signs in and agrees, the address
 * contains only this digest, sealed, and nothing of the request.
 */
import { digest } from '@keywright/jwt';
import type { Core } from '../../kernel/core.ts';
import { OAuthError } from '../../model/errors.ts';
import { parametersOf, valuesOf } from '../../kernel/http/parameters.ts';
import { takeRows } from '../../kernel/limits/unassured.ts';
import type { Client } from '../../model/entities.ts';
import type { PushedRequest } from '../../model/ports.ts';
import type { Presented } from './presented-request.ts';

const prefix = 'urn:ietf:params:oauth:request_uri:';
export const purpose = 'pushed-request';
/**
 * RFC 9126 §2.2, §4: short, from the push until the user opens the link. FAPI 2.0 §5.3.2.2 requires
 * less than 600.
 */
export const pushedSeconds = 60;

/** Much more than a request needs. Anybody may make the server store this for half an hour. */
const longest = 16 * 1024;

export function isPushedReference(reference: string): boolean {
  return reference.startsWith(prefix);
}

interface Kept {
  readonly values: Readonly<Record<string, string | readonly string[]>>;
  readonly isSigned: boolean;
  readonly pushedAt: number;
}

/**
 * In KiB. Many people of one office may sign in through one network in the morning. Most requests
 * need one.
 */
const limit = {
  name: 'pushed-request',
  ofNetwork: { atOnce: 4096, perSecond: 1 },
  inAll: {
    unverified: { atOnce: 65_536, perSecond: 16 },
    public: { atOnce: 262_144, perSecond: 100 },
  },
} as const;

/**
 * Stores a checked request and returns its reference, which has 256 random bits (RFC 9126 §7.1).
 * `remember` stores the DPoP proof of the push.
 */
export async function keepPushed(
  core: Core,
  client: Client,
  { parameters, isSigned }: Presented,
  remoteAddress: string,
  now: number,
  remember?: () => Promise<void>,
): Promise<string> {
  const reference = prefix + core.newSecret();
  const kept: Kept = { values: valuesOf(parameters), isSigned, pushedAt: now };
  const text = JSON.stringify(kept);
  // RFC 9126 §2.3: 413.
  if (text.length > longest)
    throw new OAuthError('body_too_large', {
      description: `A pushed request may have at most ${longest} characters.`,
    });
  const key = digest(reference);
  const body = core.vault.seal(purpose, text, key);
  await takeRows(core, client, remoteAddress, limit, body.length, now);
  if (remember !== undefined) await remember();
  await core.store.pushedRequests.add({
    digest: key,
    clientId: client.id,
    body,
    // A user who opened the link in time has as much time as for any other request.
    expiresAt: now + pushedSeconds + core.options.interactionSeconds,
  });
  return reference;
}

/**
 * The pushed request, if it is in time and of this client. Otherwise it counts as unknown (RFC 9126
 * §2.2, §4). Throws request_uri_invalid.
 */
export async function presentPushed(
  core: Core,
  client: Client,
  reference: string,
  now: number,
): Promise<Presented> {
  const found = await core.store.pushedRequests.load(digest(reference), now);
  if (found === undefined || found.clientId !== client.id)
    throw new OAuthError('request_uri_invalid', {
      log: { clientId: client.id, known: found !== undefined },
    });
  const kept = unseal(core, found);
  if (now >= kept.pushedAt + pushedSeconds)
    throw new OAuthError('request_uri_invalid', { log: { clientId: client.id, lapsed: true } });
  return toPresented(found, kept);
}

/** The same between the pages of this server. Throws request_expired. */
export async function reloadPushed(core: Core, key: string, now: number): Promise<Presented> {
  const found = await core.store.pushedRequests.load(key, now);
  if (found === undefined) throw new OAuthError('request_expired');
  return toPresented(found, unseal(core, found));
}

function toPresented({ digest: pushed }: PushedRequest, { values, isSigned }: Kept): Presented {
  return { parameters: parametersOf(values), isSigned, pushed };
}

function unseal(core: Core, { body, digest: key }: PushedRequest): Kept {
  const plain = core.vault.unseal(purpose, body, key);
  // It was sealed with a key that is gone, so it counts as expired.
  if (plain === undefined)
    throw new OAuthError('request_uri_invalid', { log: { note: 'sealed otherwise' } });
  return JSON.parse(Buffer.from(plain).toString('utf8')) as Kept;
}
