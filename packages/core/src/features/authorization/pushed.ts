/**
 * Pushed authorization requests (RFC 9126), from where they are kept: found by the digest of their
 * reference, sealed with a key that is not in the store. While the person signs in and agrees
 * nothing of the request travels: the address carries, sealed, where it is kept.
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
 * RFC 9126 §2.2, §4: short. From the push to the visit of the person; FAPI 2.0 §5.3.2.2 asks for
 * less than 600.
 */
export const pushedSeconds = 60;

/** Far more than a request needs: it is what anybody may have us keep for half an hour. */
const longest = 16 * 1024;

export function isPushedReference(reference: string): boolean {
  return reference.startsWith(prefix);
}

interface Kept {
  readonly values: Readonly<Record<string, string | readonly string[]>>;
  readonly isSigned: boolean;
  readonly pushedAt: number;
}

/** A whole office signs in through one network in the morning. In KiB; most requests are one. */
const limit = {
  name: 'pushed-request',
  ofNetwork: { atOnce: 4096, perSecond: 1 },
  inAll: {
    unverified: { atOnce: 65_536, perSecond: 16 },
    public: { atOnce: 262_144, perSecond: 100 },
  },
} as const;

/**
 * Keeps a request that was checked; answers its reference, which holds 256 random bits (RFC 9126
 * §7.1). `remember`: of the proof that came with it.
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
    // A person who came in time may take as long as with any other request.
    expiresAt: now + pushedSeconds + core.options.interactionSeconds,
  });
  return reference;
}

/**
 * What was pushed, in time and by this client; otherwise it is as unknown as none (RFC 9126 §2.2,
 * §4). Throws request_uri_invalid.
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

/** The same again, on the way through our own pages. Throws request_expired. */
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
  // Sealed with another key since: it is as good as gone.
  if (plain === undefined)
    throw new OAuthError('request_uri_invalid', { log: { note: 'sealed otherwise' } });
  return JSON.parse(Buffer.from(plain).toString('utf8')) as Kept;
}
