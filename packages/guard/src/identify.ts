/** From a credential to its caller: that it is good, that it is in the right hands, and that it has not been ended. */
import { asRefusal } from './answer.ts';
import type { Authenticator } from './authenticate.ts';
import type { Caller } from './caller.ts';
import type { FoundCredential } from './credentials.ts';
import { GuardRefusal } from './guard-refusal.ts';
import type { ApiKeys, StatusLists } from './parts.ts';
import type { Presented } from './presented.ts';
import type { Sender } from './sender.ts';
import type { Verified } from './verified-tokens.ts';

export interface Identified {
  readonly caller: Caller;
  /** What the answer must say as well. */
  readonly headers: Readonly<Record<string, string>> | undefined;
}

export interface IdentifierParts {
  readonly authenticator: Authenticator;
  readonly sender: Sender;
  readonly statusLists: StatusLists;
  readonly apiKeys: ApiKeys | undefined;
}

export interface Identifier {
  /** The caller of an Authorization header that was accepted before, if nothing has to be asked again with each request. */
  known(header: string): Caller | undefined;
  /** `header` is where the credential stood if it stood nowhere else. Throws (or rejects with) GuardRefusal, JwtError. */
  identify(
    found: FoundCredential,
    presented: Presented,
    plainApiKey: boolean,
    header: string | undefined,
  ): Identified | Promise<Identified>;
}

export function createIdentifier(parts: IdentifierParts): Identifier {
  const { authenticator } = parts;

  function identify(
    found: FoundCredential,
    presented: Presented,
    plainApiKey: boolean,
    header: string | undefined,
  ): Identified | Promise<Identified> {
    if (found.scheme === 'ApiKey') return identifyKey(found.value, presented, plainApiKey, parts);
    const seen = header === undefined ? undefined : authenticator.known(header);
    const verified = seen ?? authenticator.authenticate(found.value);
    if (verified instanceof Promise) return verified.then((late) => examine(late, found, presented, parts));
    const identified = examine(verified, found, presented, parts);
    // Known by its digest: it came before, and its header may come again.
    if (header !== undefined && seen === undefined) authenticator.remember(header, verified);
    return identified;
  }

  return {
    known(header) {
      const verified = authenticator.known(header);
      return verified?.binding === undefined && verified?.status === undefined ? verified?.caller : undefined;
    },
    identify,
  };
}

function identifyKey(
  key: string,
  presented: Presented,
  plainApiKey: boolean,
  { apiKeys }: IdentifierParts,
): Identified | Promise<Identified> {
  if (apiKeys === undefined) throw new GuardRefusal('token_missing');
  const caller = apiKeys.authenticate(key, presented, plainApiKey);
  return caller instanceof Promise ? caller.then(asIdentified) : asIdentified(caller);
}

function asIdentified(caller: Caller): Identified {
  return { caller, headers: undefined };
}

/** What is refused here is refused to whom the token names, or to its thief: the log says whose it is. */
function examine(
  verified: Verified,
  found: FoundCredential,
  presented: Presented,
  parts: IdentifierParts,
): Identified | Promise<Identified> {
  try {
    const identified = assertUsable(verified, found, presented, parts);
    return identified instanceof Promise
      ? identified.catch((error: unknown) => {
          throw refusedTo(verified.caller, error);
        })
      : identified;
  } catch (error) {
    throw refusedTo(verified.caller, error);
  }
}

function refusedTo({ issuer, subject, clientId, tokenId }: Caller, error: unknown): unknown {
  const { reason, detail, headers, cause } = asRefusal(error, undefined);
  return new GuardRefusal(reason, { ...detail, issuer, subject, clientId, tokenId }, { headers, cause });
}

function assertUsable(
  verified: Verified,
  found: FoundCredential,
  presented: Presented,
  { sender, statusLists }: IdentifierParts,
): Identified | Promise<Identified> {
  const { binding } = verified;
  sender.assertScheme(binding, found.scheme);
  const held = binding === undefined ? undefined : sender.assertHeld(binding, presented, found.value);
  return held instanceof Promise
    ? held.then((headers) => assertAlive(verified, headers, statusLists))
    : assertAlive(verified, held, statusLists);
}

function assertAlive(
  { caller, status, source }: Verified,
  headers: Identified['headers'],
  statusLists: StatusLists,
): Identified | Promise<Identified> {
  if (status === undefined) return { caller, headers };
  const alive = statusLists.check(status, caller.issuer, source);
  return alive instanceof Promise ? alive.then(() => ({ caller, headers })) : { caller, headers };
}
