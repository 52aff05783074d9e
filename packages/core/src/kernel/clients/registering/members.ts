/**
 * Reads the members of a registration. The type and the size of each are checked before other code
 * reads it.
 */
import type { ClientRegistration } from '../client-registration.ts';
import { isJsonObject, memberOf } from '../../http/json-body.ts';
import { parseHttpsAddress } from '../../../rules/web-address.ts';
import type { MemberType } from '../../../model/client-member.ts';
import type { Say } from '../metadata/check.ts';
import type { JsonMembers } from '../../../model/terms.ts';

const longestText = 2000;
/** Of a picture as a `data` address. It is checked with the other metadata. */
const longestPicture = 40_000;
const mostItems = 100;

/**
 * The members that are present. Null counts as left out (RFC 7592 §2.2). Members that are not
 * among `types` are ignored (RFC 7591 §2).
 */
export function readMembers(
  body: JsonMembers,
  types: Readonly<Record<string, MemberType>>,
  say: Say,
): Partial<ClientRegistration> {
  const read: Record<string, unknown> = {};
  for (const [name, type] of Object.entries(types)) {
    const value = memberOf(body, name) ?? undefined;
    if (value === undefined) continue;
    const refused = refusals[type](value);
    if (refused === undefined) read[name] = value;
    else say(name, refused);
  }
  return read;
}

type Refuse = (value: unknown) => string | undefined;

const refusals: Readonly<Record<MemberType, Refuse>> = {
  text: (value) => refuseText(value),
  picture: (value) => refuseText(value, longestPicture),
  address: refuseAddress,
  object: refuseObject,
  texts: (value) => refuseItems(value, (item) => refuseText(item)),
  addresses: (value) => refuseItems(value, refuseAddress),
  flag: (value) => (typeof value === 'boolean' ? undefined : 'must be true or false'),
  number: (value) => (Number.isSafeInteger(value) ? undefined : 'must be a whole number'),
};

function refuseText(value: unknown, longest = longestText): string | undefined {
  if (typeof value !== 'string') return 'must be text';
  return value.length > longest ? `must have at most ${longest} characters` : undefined;
}

function refuseObject(value: unknown): string | undefined {
  return isJsonObject(value) ? undefined : 'must be an object';
}

function refuseItems(value: unknown, refuse: Refuse): string | undefined {
  if (!Array.isArray(value)) return 'must be a list';
  if (value.length > mostItems) return `must have at most ${mostItems} items`;
  return value.map(refuse).find((refused) => refused !== undefined);
}

/**
 * RFC 7591 §5: every address uses TLS. No other scheme, no user name, and nothing that a parser
 * would correct.
 */
export function refuseAddress(value: unknown): string | undefined {
  const refused = refuseText(value);
  if (refused !== undefined) return refused;
  const isPlain = /^https:\/\/[^/?#\\@]+(?:[/?#]|$)/.test(value as string);
  return isPlain && parseHttpsAddress(value as string) !== undefined
    ? undefined
    : 'must be an https URL with a host of letters, digits, dots and hyphens, without a user';
}
