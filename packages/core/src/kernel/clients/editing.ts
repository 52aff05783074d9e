/**
 * Changes a client. Members of its registration are replaced by the rules of a JSON merge patch
 * (RFC 7396), and the result is checked like a new client. Secrets stay if the client can still use
 * them. The caller checks who may change what.
 */
import { isPairwise, sectorOf } from '../accounts/subject.ts';
import { ConfigError, type ConfigProblem } from '../../model/errors.ts';
import { isJsonObject, memberOf } from '../http/json-body.ts';
import type { Client } from '../../model/entities.ts';
import type { Vault } from '../../model/ports.ts';
import { readMembers } from './registering/members.ts';
import { canKeepSecrets, withSealedSecret } from './authentication/client-secret-jwt.ts';
import { usesSecret } from './authentication/registration.ts';
import { clientMemberTypes, type ClientRegistration } from './client-registration.ts';
import { renderForAdministrators, renderRegistration } from './metadata/rendering.ts';
import { registerClient, type RegistrationContext } from './registration.ts';
import { tierNameOf, tiers } from '../policy/tiers.ts';
import type { JsonMembers } from '../../model/terms.ts';

export interface ChangeContext extends Omit<RegistrationContext, 'origin' | 'path'> {
  /** Seals a secret that the client signs with. */
  readonly vault: Vault;
  /** Whether the subjects of its users may change for the client. */
  readonly allowsOtherSubjects: boolean;
}

/** A client after a change of its metadata, to be stored. */
export interface ChangedClient {
  readonly client: Client;
  /** A new secret, if the changed client cannot use the former ones. To be shown once. */
  readonly secret?: string;
  /**
   * Whether the consents of its users must end, because no user agreed to the client as it is now.
   */
  readonly endsGrants: boolean;
}

/**
 * Changes the metadata of a client. `patch` has members by their names in RFC 7591; null removes
 * one. Values that are the same as the ones that were read change nothing, so that a client can be
 * read, changed and sent back. Does not store it.
 * @throws ConfigError with every problem
 */
export function changeClient(
  former: Client,
  patch: JsonMembers,
  context: ChangeContext,
): ChangedClient {
  const problems: ConfigProblem[] = [];
  const say = (path: string, message: string) => void problems.push({ path, message });
  const changes = withoutSame(patch, renderForAdministrators(former));
  readMembers(changes, clientMemberTypes, say);
  for (const name of Object.keys(changes)) refuseFixed(name, say);
  if (memberOf(changes, 'client_name') === null) say('client_name', 'is required');
  const { allowsOtherSubjects, vault, scopeCeiling, ...shared } = context;
  if (problems.length > 0)
    throw new ConfigError([...problems, ...findFurther(former, changes, problems, shared)]);
  const changed = applyPatch(renderRegistration(former), changes) as ClientRegistration;
  const isReviewed = former.trust !== changed.trust;
  // After the review of a client that registered itself, only an administrator may change it, and
  // not its developer any more.
  const origin = former.origin === 'registration' && isReviewed ? 'command' : former.origin;
  const ceiling = origin === 'registration' ? scopeCeiling : undefined;
  const made = registerClient(changed, { ...shared, origin, scopeCeiling: ceiling, path: '' });
  const kept = keepHistory(made.client, former, Object.hasOwn(changes, 'optional_scope'));
  if (!allowsOtherSubjects && hasOtherSubjects(former, kept))
    throw new ConfigError([
      {
        path: 'subject_type',
        message:
          'would change the subjects by which the client knows its users: keep subject_type, and name the former host by sector_identifier_uri, or ask for other subjects',
      },
    ]);
  const keepsSecrets =
    usesSecret(kept.authenticationMethods) && canKeepSecrets(kept, former.secrets);
  const secrets = keepsSecrets ? former.secrets : made.client.secrets;
  const secret = keepsSecrets ? undefined : made.secret;
  return {
    client: withSealedSecret(vault, { ...kept, secrets }, secret),
    ...(secret === undefined ? {} : { secret }),
    endsGrants: endsGrants(former, kept),
  };
}

/** What is wrong with the other members, so that all faults are reported at once. */
function findFurther(
  former: Client,
  changes: JsonMembers,
  found: readonly ConfigProblem[],
  context: Omit<ChangeContext, 'allowsOtherSubjects' | 'vault' | 'scopeCeiling'>,
): readonly ConfigProblem[] {
  const wrong = new Set(found.map(({ path }) => path.split(/[.[]/)[0]));
  const others = Object.entries(changes).filter(([name]) => !wrong.has(name));
  const changed = applyPatch(renderRegistration(former), Object.fromEntries(others));
  try {
    registerClient(changed as ClientRegistration, { ...context, origin: former.origin, path: '' });
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems;
  }
}

type Say = (path: string, message: string) => void;

/**
 * Removes values that are the same as the ones that were read. A default that is sent back was not
 * chosen.
 */
function withoutSame(patch: JsonMembers, read: JsonMembers): JsonMembers {
  const isSame = (name: string, value: unknown) =>
    JSON.stringify(value) === JSON.stringify(memberOf(read, name));
  return Object.fromEntries(Object.entries(patch).filter(([name, value]) => !isSame(name, value)));
}

function refuseFixed(name: string, say: Say): void {
  if (name === 'client_secret') say(name, 'can only be renewed: ask for a new one');
  else if (name === 'client_id') say(name, 'cannot be changed');
  else if (!Object.hasOwn(clientMemberTypes, name))
    say(name, 'is not a member that can be changed');
}

/** RFC 7396 §2. */
function applyPatch(target: unknown, patch: unknown): unknown {
  if (!isJsonObject(patch)) return patch;
  const merged: Record<string, unknown> = isJsonObject(target) ? { ...target } : {};
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete merged[name];
    // A member of this name would be the object's prototype.
    else if (name !== '__proto__') merged[name] = applyPatch(memberOf(merged, name), value);
  }
  return merged;
}

/** Keeps what a registration does not contain. */
function keepHistory(client: Client, former: Client, namesOptional: boolean): Client {
  const { status, createdAt, tokensEndedAt, settings, optionalScopes } = former;
  // Scopes that the client does not request now were not shown, so they are not changed.
  const unread = optionalScopes.filter((scope) => !former.scopes.includes(scope));
  const { registrationTokenDigest, softwareStatement } = settings ?? {};
  const isManaged = client.origin === 'registration' && registrationTokenDigest !== undefined;
  const managed = {
    ...(softwareStatement === undefined ? {} : { softwareStatement }),
    ...(isManaged ? { registrationTokenDigest } : {}),
  };
  return {
    ...client,
    ...(namesOptional || unread.length === 0
      ? {}
      : { optionalScopes: [...client.optionalScopes, ...unread] }),
    ...(Object.keys(managed).length === 0 ? {} : { settings: { ...client.settings, ...managed } }),
    status,
    createdAt,
    ...(tokensEndedAt === undefined ? {} : { tokensEndedAt }),
  };
}

/**
 * Whether a change of a client ends the consents of its users, because it has another kind or did
 * not ask users for consent before.
 */
export function endsGrants(former: Client, client: Client): boolean {
  return former.kind !== client.kind || (isUnasked(former) && !isUnasked(client));
}

function isUnasked(client: Client): boolean {
  const tier = tierNameOf(client);
  return tier !== undefined && tiers[tier].consent === 'skip';
}

/**
 * Whether a change of a client gives users other pairwise subjects, because its sector has changed
 * (OpenID Connect Core §8.1).
 */
export function hasOtherSubjects(former: Client, client: Client): boolean {
  if (isPairwise(former) !== isPairwise(client)) return true;
  return isPairwise(client) && sectorOf(former) !== sectorOf(client);
}
