/**
 * The registration of a new client: members of the table (model/client-metadata.ts), by the names
 * of RFC 7591 §2, of the specifications that extend it, and a few names of this server.
 */
import { clientMembers } from '../../model/client-metadata.ts';
import type {
  ClientMember,
  MemberSource,
  MemberType,
  MemberValues,
  TokenExchangeRegistration,
} from '../../model/client-member.ts';
import type { ClientMemberName, JwkSet } from '../../model/client-settings.ts';

export type { TokenExchangeRegistration } from '../../model/client-member.ts';

interface Objects {
  readonly jwks: JwkSet;
  readonly token_exchange: TokenExchangeRegistration;
}

type ValueOf<Name extends ClientMemberName> = Name extends keyof Objects
  ? Objects[Name]
  : MemberValues[(typeof clientMembers)[Name]['type']];

type RequiredName = 'kind' | 'trust' | 'client_name';

type OptionalMembers = {
  readonly [Name in Exclude<ClientMemberName, RequiredName>]?: ValueOf<Name> | undefined;
};

/** A client as an operator declares it, by the names of RFC 7591 §2, not checked. */
export interface ClientRegistration extends OptionalMembers {
  readonly kind: string;
  readonly trust: string;
  readonly client_name: string;
}

/** The table of client metadata as a list, in its order. */
export const clientRows = Object.entries(clientMembers) as readonly (readonly [
  ClientMemberName,
  ClientMember,
])[];

/** The members that this source may set, each with its type. */
export function memberTypesOf(source: MemberSource): Readonly<Record<string, MemberType>> {
  const said = clientRows.filter(([, { by }]) => by.includes(source));
  return Object.fromEntries(said.map(([name, { type }]) => [name, type]));
}

/** The members that a client may set itself. */
export const registrationMemberTypes = memberTypesOf('client');
/** The types of the client metadata that an administrator may set, by name. */
export const clientMemberTypes = memberTypesOf('administrator');
/** The members that every client must have. */
export const requiredMembers = clientRows.filter(([, row]) => row.isRequired).map(([name]) => name);

/** Reports a problem of one member. */
export type Say = (member: string, message: string) => void;
