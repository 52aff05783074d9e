/**
 * Finds the caller of a credential: whether the credential is valid, whether its sender may use it,
 * and whether it has ended.
 */
import { asRefusal } from './answer.ts';
import type { Authenticate } from './authenticate.ts';
import type { Caller } from './caller.ts';
import { type FoundCredential, onlyHeaderOf } from './credentials.ts';
import { GuardRefusal } from './guard-refusal.ts';
import type { ApiKeys, StatusLists } from './parts.ts';
import type { Presented } from './presented.ts';
import type { AssertSender } from './sender.ts';
import type { VerifiedTokens } from './verified-tokens.ts';

export interface Identified {
  readonly caller: Caller;
  /** Headers that the answer must have. */
  readonly headers: Readonly<Record<string, string>> | undefined;
}

export interface IdentifierParts {
  readonly tokens: VerifiedTokens;
  readonly authenticate: Authenticate;
  readonly assertSender: AssertSender;
  readonly statusLists: StatusLists;
  readonly apiKeys: ApiKeys | undefined;
  readonly clock: () => number;
}

export interface Identifier {
  /**
   * The caller of a token that arrived before in the same header, at once. Undefined if a check
   * takes time: a binding, or a status list that is not fresh.
   */
  known(presented: Presented, form: URLSearchParams | undefined): Caller | undefined;
  /** Rejects with GuardRefusal, JwtError. */
  identify(found: FoundCredential, presented: Presented, plainApiKey: boolean): Promise<Identified>;
}

export function createIdentifier(parts: IdentifierParts): Identifier {
  const { tokens, authenticate, assertSender, statusLists, apiKeys, clock } = parts;
  return {
    known(presented, form) {
      const header = onlyHeaderOf(presented, form);
      const verified = header === undefined ? undefined : tokens.findHeader(header, clock());
      if (verified === undefined) return undefined;
      const { caller, status } = verified;
      const isAlive = status === undefined || statusLists.isAlive(status, caller.issuer);
      return isAlive ? caller : undefined;
    },
    async identify(found, presented, plainApiKey) {
      if (found.scheme === 'ApiKey') {
        if (apiKeys === undefined) throw new GuardRefusal('token_missing');
        const caller = await apiKeys.authenticate(found.value, presented, plainApiKey);
        return { caller, headers: undefined };
      }
      const verified = await authenticate(found.value);
      const { caller, binding, status, source } = verified;
      try {
        const headers = await assertSender(binding, found, presented);
        if (status !== undefined) await statusLists.check(status, caller.issuer, source);
        if (found.header !== undefined) tokens.rememberHeader(found.header, verified);
        return { caller, headers };
      } catch (error) {
        throw refusedTo(caller, error);
      }
    },
  };
}

/** Adds the caller that the token names (it may be a thief), for the log. */
function refusedTo({ issuer, subject, clientId, tokenId }: Caller, error: unknown): GuardRefusal {
  const { reason, detail, headers, cause } = asRefusal(error, undefined);
  const who = { issuer, subject, clientId, tokenId };
  return new GuardRefusal(reason, { ...detail, ...who }, { headers, cause });
}
