/**
 * Splits a detail with many resources into one for each resource, and merges them again. Consents
 * are stored in parts, so that each resource is agreed, stored and revoked separately.
 */
import type { AuthorizationDetail } from '../../model/terms.ts';
import { maxItems } from './schema.ts';
import { detailTypesOf } from './type.ts';
import type { ApiDirectory } from '../../model/services.ts';

/** The member whose values are single resources, if this detail has it. */
export type MemberOf = (detail: AuthorizationDetail) => string | undefined;

export function resourceMember(
  detail: AuthorizationDetail,
  apis: ApiDirectory,
): string | undefined {
  const member = detailTypesOf(apis).get(detail.type)?.type.resources;
  return member !== undefined && Array.isArray(detail[member]) ? member : undefined;
}

/** What the user picks, if the detail names no resource. */
export interface OpenChoice {
  readonly member: string;
  /** How many resources the user may pick. */
  readonly most: number;
}

/** Whether the user picks the resources, because the type allows it and the detail names none. */
export function openChoiceOf(
  detail: AuthorizationDetail,
  apis: ApiDirectory,
): OpenChoice | undefined {
  const { resources: member, choices, schema } = detailTypesOf(apis).get(detail.type)?.type ?? {};
  if (choices !== true || member === undefined || detail[member] !== undefined) return undefined;
  const list = schema?.properties[member];
  return { member, most: (list?.type === 'array' ? list.maxItems : undefined) ?? maxItems };
}

export function resourcesOf(detail: AuthorizationDetail, member: string): readonly string[] {
  return detail[member] as readonly string[];
}

export function partsOf(
  details: readonly AuthorizationDetail[],
  apis: ApiDirectory,
): readonly AuthorizationDetail[] {
  return partsBy(details, (detail) => resourceMember(detail, apis));
}

export function partsBy(
  details: readonly AuthorizationDetail[],
  memberOf: MemberOf,
): readonly AuthorizationDetail[] {
  return details.flatMap((detail) => {
    const member = memberOf(detail);
    return member === undefined
      ? [detail]
      : resourcesOf(detail, member).map((resource) => ({ ...detail, [member]: [resource] }));
  });
}

/** Details that differ only in their resources become one, at the position of the first. */
export function joinParts(
  parts: readonly AuthorizationDetail[],
  apis: ApiDirectory,
): readonly AuthorizationDetail[] {
  const joined = new Map<string, AuthorizationDetail>();
  for (const part of parts) {
    const member = resourceMember(part, apis);
    // In any order of the members: a resource that the user picked was added after the others.
    const members = Object.entries(member === undefined ? part : { ...part, [member]: [] });
    const key = JSON.stringify(members.sort(([one], [other]) => (one < other ? -1 : 1)));
    const former = joined.get(key);
    joined.set(
      key,
      former === undefined || member === undefined ? part : joinTwo(former, part, member),
    );
  }
  return [...joined.values()];
}

function joinTwo(
  one: AuthorizationDetail,
  other: AuthorizationDetail,
  member: string,
): AuthorizationDetail {
  return {
    ...one,
    [member]: [...new Set([...resourcesOf(one, member), ...resourcesOf(other, member)])],
  };
}
