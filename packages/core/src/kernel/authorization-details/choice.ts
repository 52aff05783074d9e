/** The details on the consent page: what is shown, and what the form returns. */
import type { Parameters } from '../http/parameters.ts';
import type { Client, Consent } from '../../model/entities.ts';
import type { DetailResourceView, DetailView } from '../../model/pages.ts';
import { isHeld } from './held.ts';
import { partsBy, resourcesOf } from './parts.ts';
import {
  type AnsweredDetails,
  memberIn,
  openMemberOf,
  pickedBefore,
  requestedParts,
  wasGranted,
} from './requested.ts';
import { isItemOf } from './schema.ts';
import { detailTypesOf } from './type.ts';
import { describeDetail } from './view.ts';
import type { AuthorizationDetail, RequestedDetails } from '../../model/terms.ts';
import type { ApiDirectory, Naming } from '../../model/services.ts';
import type { ArraySchema } from '../../model/api-settings.ts';
import type { NamedResource } from '../../model/resource-ports.ts';

/**
 * `shown` is the grant whose details are shown as agreed before. Undefined if everything is asked
 * again.
 */
export function detailViews(
  details: RequestedDetails | undefined,
  shown: Consent | undefined,
  client: Client,
  apis: ApiDirectory,
  naming: Naming,
): readonly DetailView[] {
  if (details === undefined) return [];
  const memberOf = memberIn(details.members);
  const granted = shown?.terms?.authorizationDetails ?? [];
  // The boxes are numbered over all details. Their values come from the client, so they never name
  // a control.
  let box = 0;
  const views = details.asked.map((detail): DetailView => {
    const open = openMemberOf(details, detail);
    if (open !== undefined)
      return openView(details, { detail, member: open, box: box++ }, granted, apis, naming);
    const member = memberOf(detail);
    const names = naming.get(detail.type);
    const resources = partsBy([detail], memberOf).map((part, index) => {
      const name = member === undefined ? '' : (resourcesOf(detail, member)[index] ?? '');
      return {
        ...shownAs(name, names?.named?.get(name)),
        value: String(box++),
        granted: wasGranted(details, part, granted),
      };
    });
    return {
      ...describeDetail(detail, apis),
      resources: member === undefined ? [] : resources,
      ...(member !== undefined && names !== undefined && names.named === undefined
        ? { isUnnamed: true }
        : {}),
    };
  });
  // The lost details are removed after all are numbered, because the form counts them too.
  return views.filter((_, index) => isHeld(details.asked[index], client, apis));
}

function shownAs(
  name: string,
  named: NamedResource | undefined,
): Pick<DetailResourceView, 'name' | 'title' | 'picture'> {
  if (named?.name === undefined) return { name };
  const { name: title, picture } = named;
  return { name, title, ...(picture !== undefined ? { picture } : {}) };
}

interface Open {
  readonly detail: AuthorizationDetail;
  readonly member: string;
  readonly box: number;
}

function openView(
  details: RequestedDetails,
  { detail, member, box }: Open,
  granted: readonly AuthorizationDetail[],
  apis: ApiDirectory,
  naming: Naming,
): DetailView {
  const own = naming.get(detail.type)?.own;
  const named = new Map(own?.map((one) => [one.identifier, one]));
  const before = new Set(identifiersIn(pickedBefore(detail, member, granted), member));
  const offered = offersOf(details, naming, apis)[box] ?? [];
  const most = (details.choices?.[detail.type] ?? 1) - before.size;
  const view = (name: string, place: number, isGranted: boolean) => ({
    ...shownAs(name, named.get(name)),
    value: `${box}.${place}`,
    granted: isGranted,
  });
  return {
    ...describeDetail(detail, apis),
    resources: [...before].map((name) => view(name, 0, true)),
    ...(most < 1
      ? {}
      : {
          choice: {
            control: `choice-${box}`,
            most,
            resources: offered.flatMap((name, place) =>
              before.has(name) ? [] : [view(name, place, false)],
            ),
            ...(own === undefined ? { isUnavailable: true } : {}),
            ...(own !== undefined && own.length > offered.length ? { isCut: true } : {}),
          },
        }),
  };
}

function identifiersIn(details: readonly AuthorizationDetail[], member: string): readonly string[] {
  return details.flatMap((detail) => resourcesOf(detail, member));
}

/** Of each detail that leaves its resources open, by its box: what the page offers. */
export type Offers = Readonly<Record<number, readonly string[]>>;

const mostOffered = 50;
/** The form carries them, sealed. */
const mostCharacters = 5000;

/** Only what fits the type. */
export function offersOf(
  details: RequestedDetails | undefined,
  naming: Naming,
  apis: ApiDirectory,
): Offers {
  if (details?.choices === undefined) return {};
  const types = detailTypesOf(apis);
  const offers = requestedParts(details).flatMap((part, box) => {
    const member = openMemberOf(details, part);
    const list = types.get(part.type)?.type.schema.properties[member ?? ''];
    if (list?.type !== 'array') return [];
    const own = naming.get(part.type)?.own ?? [];
    return [[box, fitting(own, list)] as const];
  });
  return Object.fromEntries(offers);
}

function fitting(own: readonly NamedResource[], list: ArraySchema): readonly string[] {
  const offered: string[] = [];
  let characters = 0;
  for (const { identifier } of own) {
    if (!isItemOf(list, identifier)) continue;
    characters += identifier.length;
    if (offered.length === mostOffered || characters > mostCharacters) break;
    offered.push(identifier);
  }
  return offered;
}

/** What the form returns, and what it was made from. */
export interface Ticked {
  /** What was shown as agreed before. */
  readonly shown?: Consent | undefined;
  /** The grant as it is. What it has of an open detail, and was not picked again, ends. */
  readonly former?: Consent | undefined;
  readonly offers?: Offers | undefined;
}

/**
 * Everything that was requested, without the resources that the user declined. A form cannot add
 * one. For a detail that leaves its resources open: those that the user picked among those offered.
 */
export function tickedDetails(
  details: RequestedDetails | undefined,
  { shown, former, offers = {} }: Ticked,
  parameters: Parameters,
): AnsweredDetails | undefined {
  if (details === undefined) return undefined;
  const ticked = parameters.all('detail');
  const memberOf = memberIn(details.members);
  const granted = shown?.terms?.authorizationDetails ?? [];
  const answers = requestedParts(details).map((part, box): AnsweredDetails => {
    const member = openMemberOf(details, part);
    if (member === undefined) {
      const isKept =
        memberOf(part) === undefined ||
        ticked.includes(String(box)) ||
        wasGranted(details, part, granted);
      return isKept ? { granted: [part], declined: [] } : { granted: [], declined: [part] };
    }
    const chosen = [...ticked, parameters.get(`choice-${box}`)];
    const picked = (offers[box] ?? []).filter((_, place) => chosen.includes(`${box}.${place}`));
    const before = identifiersIn(pickedBefore(part, member, granted), member);
    const held = former?.terms?.authorizationDetails ?? [];
    return pickedAnswer(part, member, [...before, ...picked], held);
  });
  return {
    granted: answers.flatMap((one) => one.granted),
    declined: answers.flatMap((one) => one.declined),
  };
}

function pickedAnswer(
  open: AuthorizationDetail,
  member: string,
  identifiers: readonly string[],
  held: readonly AuthorizationDetail[],
): AnsweredDetails {
  const kept = new Set(identifiers);
  const ended = pickedBefore(open, member, held).filter((one) =>
    resourcesOf(one, member).some((identifier) => !kept.has(identifier)),
  );
  const granted = [...kept].map((identifier) => ({ ...open, [member]: [identifier] }));
  return { granted, declined: [...ended, ...(granted.length === 0 ? [open] : [])] };
}

/** Says what is wrong with what the user picked, if anything. */
export function findPickProblem(
  details: RequestedDetails | undefined,
  answered: AnsweredDetails | undefined,
): string | undefined {
  for (const [type, most] of Object.entries(details?.choices ?? {})) {
    // It is the only detail of its type.
    const picked = answered?.granted.filter((one) => one.type === type) ?? [];
    if (picked.length > most) return `Choose ${most} at most.`;
  }
  return undefined;
}
