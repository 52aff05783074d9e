/** The details of one authorization request, and the answers to them. Pure. */
import { tierNameOf, tiers } from '../policy/tiers.ts';
import { OAuthError } from '../../model/errors.ts';
import type { Parameters } from '../http/parameters.ts';
import type { Client, Consent } from '../../model/entities.ts';
import type { AuthorizationDetail, RequestedDetails } from '../../model/terms.ts';
import { coversDetail, isCoveredBy, uniteDetails } from './covering.ts';
import { type MemberOf, openChoiceOf, partsBy, resourceMember } from './parts.ts';
import { audiencesOfDetails, parseDetails } from './request.ts';
import { detailTypesOf } from './type.ts';
import type { ApiDirectory } from '../../model/services.ts';

/** In parts: one for each resource. */
export interface AnsweredDetails {
  readonly granted: readonly AuthorizationDetail[];
  readonly declined: readonly AuthorizationDetail[];
}

/**
 * Undefined without the parameter. `mayChoose`: the user is at a page where they can pick resources
 * that the request leaves open. Throws details_invalid.
 */
export function readRequestedDetails(
  parameters: Parameters,
  client: Client,
  resources: readonly string[],
  apis: ApiDirectory,
  mayChoose = false,
): RequestedDetails | undefined {
  const text = parameters.get('authorization_details');
  if (text === undefined) return undefined;
  const asked = parseDetails(text, client, apis);
  // RFC 9396 §3.3: with resource indicators, a detail for an API that is not named could not be
  // used.
  if (
    resources.length > 0 &&
    !audiencesOfDetails(asked, apis).every((one) => resources.includes(one))
  )
    throw new OAuthError('details_invalid', {
      description: 'authorization_details: One does not belong to the requested resource.',
    });
  const members = asked.flatMap((detail) => {
    const member = resourceMember(detail, apis) ?? openChoiceOf(detail, apis)?.member;
    return member === undefined ? [] : [[detail.type, member] as const];
  });
  const choices = asked.flatMap((detail) => {
    const choice = openChoiceOf(detail, apis);
    return choice === undefined ? [] : [[detail.type, choice.most] as const];
  });
  // Nobody picks here, and a detail without resources might be read as one with all of them.
  if (choices.length > 0 && !mayChoose)
    throw new OAuthError('details_invalid', {
      description: 'authorization_details: One must name its resources in this kind of request.',
    });
  if (choices.some(([type]) => asked.filter((one) => one.type === type).length > 1))
    throw new OAuthError('details_invalid', {
      description:
        'authorization_details: One names no resources, and so must be the only one of its type.',
    });
  const types = detailTypesOf(apis);
  const everyTime = asked
    .map(({ type }) => type)
    .filter((type) => types.get(type)?.type.everyTime === true);
  return {
    asked,
    members: Object.fromEntries(members),
    ...(everyTime.length > 0 ? { everyTime } : {}),
    ...(choices.length > 0 ? { choices: Object.fromEntries(choices) } : {}),
  };
}

/** The member that the user fills, if this detail leaves the resources open. */
export function openMemberOf(
  { members, choices }: RequestedDetails,
  detail: AuthorizationDetail,
): string | undefined {
  const member = choices?.[detail.type] === undefined ? undefined : members[detail.type];
  return member === undefined || detail[member] !== undefined ? undefined : member;
}

/** What the user picked before for a detail that leaves the resources open. */
export function pickedBefore(
  open: AuthorizationDetail,
  member: string,
  granted: readonly AuthorizationDetail[],
): readonly AuthorizationDetail[] {
  return granted.flatMap(({ [member]: picked, ...rest }) =>
    Array.isArray(picked) && coversDetail(rest as AuthorizationDetail, open)
      ? [{ ...open, [member]: picked }]
      : [],
  );
}

/**
 * Whether the user of any tier must be asked: a detail leaves the resources open, and the user
 * neither picked any nor declined before.
 */
export function isChoiceOpen(
  details: RequestedDetails | undefined,
  consent: Consent | undefined,
): boolean {
  if (details?.choices === undefined) return false;
  const { authorizationDetails: granted = [], declinedDetails: declined = [] } =
    consent?.terms ?? {};
  return details.asked.some((detail) => {
    const member = openMemberOf(details, detail);
    if (member === undefined) return false;
    return pickedBefore(detail, member, granted).length === 0 && !isCoveredBy(detail, declined);
  });
}

/** The parts of a request, with the resources that were picked before for those left open. */
function settledParts(
  details: RequestedDetails,
  granted: readonly AuthorizationDetail[],
): readonly AuthorizationDetail[] {
  return requestedParts(details).flatMap((part) => {
    const member = openMemberOf(details, part);
    const picked = member === undefined ? [] : pickedBefore(part, member, granted);
    return picked.length > 0 ? picked : [part];
  });
}

export function requestedParts({
  asked,
  members,
}: RequestedDetails): readonly AuthorizationDetail[] {
  return partsBy(asked, memberIn(members));
}

/** Whether this part was agreed before, and the consent is still valid. */
export function wasGranted(
  details: RequestedDetails,
  part: AuthorizationDetail,
  granted: readonly AuthorizationDetail[],
): boolean {
  return details.everyTime?.includes(part.type) !== true && isCoveredBy(part, granted);
}

export function memberIn(members: RequestedDetails['members']): MemberOf {
  return (detail) => {
    const member = members[detail.type];
    return member !== undefined && Array.isArray(detail[member]) ? member : undefined;
  };
}

/**
 * Whether nothing must be asked: each part was agreed or declined before. If all were declined, the
 * user is asked again, because the application asks for nothing else.
 */
export function areDetailsKnown(details: RequestedDetails | undefined, consent: Consent): boolean {
  if (details === undefined) return true;
  const { authorizationDetails: granted = [], declinedDetails: declined = [] } =
    consent.terms ?? {};
  const parts = settledParts(details, granted);
  return (
    parts.every((part) => isCoveredBy(part, granted) || isCoveredBy(part, declined)) &&
    parts.some((part) => isCoveredBy(part, granted))
  );
}

/**
 * The details of an answer without a question: those that were agreed. For a tier without consent,
 * all except those that were declined before.
 */
export function detailsWithoutAsking(
  details: RequestedDetails | undefined,
  client: Client,
  consent: Consent | undefined,
): AnsweredDetails | undefined {
  if (details === undefined) return undefined;
  const tier = tierNameOf(client);
  const skips = tier !== undefined && tiers[tier].consent === 'skip';
  const { authorizationDetails: granted = [], declinedDetails: declined = [] } =
    consent?.terms ?? {};
  return answerOf(settledParts(details, granted), (part) => {
    if (openMemberOf(details, part) !== undefined) return false;
    return skips ? !isCoveredBy(part, declined) : isCoveredBy(part, granted);
  });
}

/** In parts. Every read of the grant reads them all, and the account page shows each. */
const mostGranted = 500;

/** Throws details_invalid if the consent would have too many. */
export function assertFits(consent: Consent | undefined, { granted }: AnsweredDetails): void {
  const former = consent?.terms?.authorizationDetails ?? [];
  if (uniteDetails(former, granted).length > mostGranted)
    throw new OAuthError('details_invalid', {
      description: `authorization_details: The consent would have more than ${mostGranted} resources.`,
    });
}

export function answerOf(
  parts: readonly AuthorizationDetail[],
  isGranted: (part: AuthorizationDetail, index: number) => boolean,
): AnsweredDetails {
  const said = parts.map((part, index) => ({ part, yes: isGranted(part, index) }));
  return {
    granted: said.filter(({ yes }) => yes).map(({ part }) => part),
    declined: said.filter(({ yes }) => !yes).map(({ part }) => part),
  };
}
