/**
 * Whether one detail is within another (RFC 9396 §6, §7): the same type, the same members, and the
 * members that list permissions have no additional value. Other members are only compared for
 * equality, because only the API knows the meaning of a longer list.
 */
import type { AuthorizationDetail, ConsentTerms } from '../../model/terms.ts';

/** RFC 9396 §2.2: the values of these members are permissions that add up. */
const lists: ReadonlySet<string> = new Set(['actions', 'datatypes', 'privileges']);
/** RFC 9396 §2.2: a type belongs to one API, so this member adds nothing to the type. */
const unsaid = 'locations';

export function coversDetail(granted: AuthorizationDetail, asked: AuthorizationDetail): boolean {
  // Called for each pair of two long lists, so it allocates nothing.
  for (const name in granted)
    if (name !== unsaid && !coversMember(name, granted[name], asked[name])) return false;
  for (const name in asked) if (name !== unsaid && granted[name] === undefined) return false;
  return true;
}

function coversMember(name: string, granted: unknown, asked: unknown): boolean {
  if (granted === asked) return true;
  // A missing list may mean "all". It is neither more nor less than another list.
  if (granted === undefined || asked === undefined) return false;
  if (Array.isArray(granted) && Array.isArray(asked)) {
    const within = asked.every((one) => granted.includes(one));
    return within && (lists.has(name) || granted.length === asked.length);
  }
  if (typeof granted !== 'object' || typeof asked !== 'object') return false;
  return JSON.stringify(granted) === JSON.stringify(asked);
}

/**
 * Whether one of the granted authorization details allows everything that this one asks for (RFC
 * 9396 §6).
 */
export function isCoveredBy(
  asked: AuthorizationDetail,
  granted: readonly AuthorizationDetail[],
): boolean {
  return granted.some((one) => coversDetail(one, asked));
}

/**
 * Removes authorization details from a list. Withdrawing "read" also removes "read and write", and
 * withdrawing both removes each of them.
 */
export function withoutDetails(
  details: readonly AuthorizationDetail[],
  withdrawn: readonly AuthorizationDetail[],
): readonly AuthorizationDetail[] {
  return details.filter(
    (one) => !withdrawn.some((other) => coversDetail(one, other) || coversDetail(other, one)),
  );
}

/** Both lists, without details that are within another one. */
export function uniteDetails(
  former: readonly AuthorizationDetail[],
  added: readonly AuthorizationDetail[],
): readonly AuthorizationDetail[] {
  const news = added.filter((one) => !isCoveredBy(one, former));
  return [...former.filter((one) => !isCoveredBy(one, news)), ...news];
}

/**
 * Of the declined details, only the latest are stored. Older ones are asked again. So a link cannot
 * make a grant grow without a limit.
 */
const mostDeclined = 200;

/**
 * A consent after a new answer: what the user agreed to is added, and what they declined is
 * removed. The latest answer counts.
 */
export function mergeTerms(
  former: ConsentTerms | undefined,
  said: ConsentTerms | undefined,
): ConsentTerms | undefined {
  const { authorizationDetails: yes = [], declinedDetails: no = [] } = said ?? {};
  const granted = uniteDetails(withoutDetails(former?.authorizationDetails ?? [], no), yes);
  const declined = uniteDetails(withoutDetails(former?.declinedDetails ?? [], yes), no).slice(
    -mostDeclined,
  );
  return withDetails({ ...former, ...said }, granted, declined);
}

/** The same terms with other authorization details, or undefined if nothing is left. */
export function withDetails(
  terms: ConsentTerms | undefined,
  granted: readonly AuthorizationDetail[],
  declined: readonly AuthorizationDetail[] = [],
): ConsentTerms | undefined {
  const { authorizationDetails: _, declinedDetails: __, ...others } = terms ?? {};
  const all: ConsentTerms = {
    ...others,
    ...(granted.length > 0 ? { authorizationDetails: granted } : {}),
    ...(declined.length > 0 ? { declinedDetails: declined } : {}),
  };
  return Object.keys(all).length > 0 ? all : undefined;
}
