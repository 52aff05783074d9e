/**
 * The actor of an exchanged token (RFC 8693 §1.1, §4.1): none except the subject, or the chain of
 * actors.
 */
import { isHidden, subjectOf } from '../../kernel/accounts/subject.ts';
import type { ClientSettings } from '../../model/client-settings.ts';
import type { Core } from '../../kernel/core.ts';
import { OAuthError } from '../../model/errors.ts';
import { isJsonObject, memberOf } from '../../kernel/http/json-body.ts';
import type { Client } from '../../model/entities.ts';
import type { TokenRequest } from '../../kernel/tokens/token-request.ts';
import { type Party, type PartyReason, readParty } from './party.ts';

export type Act = Readonly<Record<string, unknown>>;

export interface Actor {
  /** The `act` of the token to be issued. */
  readonly act: Act | undefined;
  /** The party of the actor token. */
  readonly party: Party | undefined;
}

/** The largest depth, so that readers of the token need not go deeper. */
const mostActors = 5;

/**
 * Without an actor token it is impersonation: the new token has the same actors as the subject
 * token. Throws parameter_missing, actor_token_invalid, subject_token_invalid.
 */
export async function decideActor(
  core: Core,
  request: TokenRequest,
  actorToken: string | undefined,
  subject: Party,
  permitted: NonNullable<ClientSettings['tokenExchange']>,
): Promise<Actor> {
  const { client } = request;
  if (actorToken === undefined) {
    if (!permitted.impersonation)
      throw new OAuthError('parameter_missing', {
        description: 'This client must send actor_token.',
      });
    assertMayAct(core, subject, { sub: client.id, clientId: client.id }, 'subject_token_invalid');
    return { act: subject.claims.act, party: undefined };
  }
  if (!permitted.delegation)
    throw new OAuthError('actor_token_invalid', { description: 'This client may not delegate.' });
  const party = await readParty(core, request, actorToken, 'actor_token_invalid');
  const { claims } = party;
  // The actor must act for itself. Of two chains, one would be lost.
  if (claims.act !== undefined)
    throw new OAuthError('actor_token_invalid', {
      log: { note: 'the actor token has an actor itself' },
    });
  assertMayAct(
    core,
    subject,
    { sub: claims.sub, clientId: claims.client_id },
    'actor_token_invalid',
  );
  return { act: chain(actorName(core, client, party), subject.claims.act), party };
}

/**
 * The user by the subject that the calling client knows, or by the pairwise subject in its token. A
 * service by its id.
 */
function actorName(core: Core, client: Client, { id, isPerson, claims }: Party): string {
  if (!isPerson) return id;
  return claims.sub !== id && !isHidden(client, id) ? claims.sub : subjectOf(core, client, id);
}

/** §4.1: the outermost one is the present actor, the others acted before. */
function chain(sub: string, former: Act | undefined): Act {
  const act: Act = { sub, ...(former !== undefined ? { act: former } : {}) };
  if (lengthOf(act) > mostActors)
    throw new OAuthError('subject_token_invalid', {
      description: 'The chain of actors is too long.',
    });
  return act;
}

function lengthOf(act: unknown): number {
  return isJsonObject(act) ? 1 + lengthOf(memberOf(act, 'act')) : 0;
}

/** §4.4: if the subject token says who may act, all members must match the actor. */
function assertMayAct(
  { options }: Core,
  { claims: { may_act: mayAct } }: Party,
  actor: { readonly sub: string; readonly clientId: string },
  reason: PartyReason,
): void {
  if (mayAct === undefined) return;
  const known: Act = { sub: actor.sub, client_id: actor.clientId, iss: options.issuer };
  const members = isJsonObject(mayAct) ? Object.entries(mayAct) : [];
  const named = members.some(([name]) => name === 'sub' || name === 'client_id');
  // A member that cannot be compared could be the important one.
  if (
    !named ||
    !members.every(([name, value]) => Object.hasOwn(known, name) && known[name] === value)
  )
    throw new OAuthError(reason, { log: { note: 'may_act names another party' } });
}
