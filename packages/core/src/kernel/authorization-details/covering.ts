/**
 * Whether one detail is within another (RFC 9396 §6, §7): the same type, the same members, and of the members that list what is
 * allowed no more than the other has. Nothing else is compared by size: what a longer list means elsewhere, only its API knows.
 */
import type { AuthorizationDetail, GrantTerms } from '../../model/terms.ts';

/** RFC 9396 §2.2: what they list adds up to what is allowed. */
const lists: ReadonlySet<string> = new Set(['actions', 'datatypes', 'privileges']);
/** RFC 9396 §2.2: a type is of one API, so this says nothing that its type does not. */
const unsaid = 'locations';

export function coversDetail(granted: AuthorizationDetail, asked: AuthorizationDetail): boolean {
  // Asked of each pair of two long lists: nothing is made for it.
  for (const name in granted)
    if (name !== unsaid && !coversMember(name, granted[name], asked[name])) return false;
  for (const name in asked) if (name !== unsaid && granted[name] === undefined) return false;
  return true;
}

function coversMember(name: string, granted: unknown, asked: unknown): boolean {
  if (granted === asked) return true;
  // A list that is left out may mean all: that is neither more nor less than any other.
  if (granted === undefined || asked === undefined) return false;
  if (Array.isArray(granted) && Array.isArray(asked)) {
    const within = asked.every((one) => granted.includes(one));
    return within && (lists.has(name) || granted.length === asked.length);
  }
  if (typeof granted !== 'object' || typeof asked !== 'object') return false;
  return JSON.stringify(granted) === JSON.stringify(asked);
}

export function isCoveredBy(asked: AuthorizationDetail, granted: readonly AuthorizationDetail[]): boolean {
  return granted.some((one) => coversDetail(one, asked));
}

/** Who takes back reading takes back reading and writing, too; who takes back both takes back either. */
export function withoutDetails(
  details: readonly AuthorizationDetail[],
  withdrawn: readonly AuthorizationDetail[],
): readonly AuthorizationDetail[] {
  return details.filter(
    (one) => !withdrawn.some((other) => coversDetail(one, other) || coversDetail(other, one)),
  );
}

/** Both, without what is within another one already. */
export function uniteDetails(
  former: readonly AuthorizationDetail[],
  added: readonly AuthorizationDetail[],
): readonly AuthorizationDetail[] {
  const news = added.filter((one) => !isCoveredBy(one, former));
  return [...former.filter((one) => !isCoveredBy(one, news)), ...news];
}

/** Of what was left out the latest: an older one is asked for again. Nothing that a link can bring about makes a grant grow without an end. */
const mostDeclined = 200;

/** What a grant is after a person has said yes and no to details; what they said last holds, of everything else too. */
export function mergeTerms(
  former: GrantTerms | undefined,
  said: GrantTerms | undefined,
): GrantTerms | undefined {
  const { authorizationDetails: yes = [], declinedDetails: no = [] } = said ?? {};
  const granted = uniteDetails(withoutDetails(former?.authorizationDetails ?? [], no), yes);
  const declined = uniteDetails(withoutDetails(former?.declinedDetails ?? [], yes), no).slice(-mostDeclined);
  return withDetails({ ...former, ...said }, granted, declined);
}

/** The same terms with these details. Undefined when there is nothing in them. */
export function withDetails(
  terms: GrantTerms | undefined,
  granted: readonly AuthorizationDetail[],
  declined: readonly AuthorizationDetail[] = [],
): GrantTerms | undefined {
  const { authorizationDetails: _, declinedDetails: __, ...others } = terms ?? {};
  const all: GrantTerms = {
    ...others,
    ...(granted.length > 0 ? { authorizationDetails: granted } : {}),
    ...(declined.length > 0 ? { declinedDetails: declined } : {}),
  };
  return Object.keys(all).length > 0 ? all : undefined;
}
