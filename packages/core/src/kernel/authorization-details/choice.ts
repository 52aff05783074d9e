/** The details on the consent page: what is shown, and what the form returns. */
import type { Parameters } from '../http/parameters.ts';
import type { Client, Consent } from '../../model/entities.ts';
import type { DetailView } from '../../model/pages.ts';
import { isHeld } from './held.ts';
import { partsBy, resourcesOf } from './parts.ts';
import {
  type AnsweredDetails,
  answerOf,
  memberIn,
  requestedParts,
  wasGranted,
} from './requested.ts';
import { describeDetail } from './view.ts';
import type { RequestedDetails } from '../../model/terms.ts';
import type { ApiDirectory } from '../../model/services.ts';

/**
 * `shown` is the grant whose details are shown as agreed before. Undefined if everything is asked
 * again.
 */
export function detailViews(
  details: RequestedDetails | undefined,
  shown: Consent | undefined,
  client: Client,
  apis: ApiDirectory,
): readonly DetailView[] {
  if (details === undefined) return [];
  const memberOf = memberIn(details.members);
  const granted = shown?.terms?.authorizationDetails ?? [];
  // The boxes are numbered over all details. Their values come from the client, so they never name
  // a control.
  let box = 0;
  const views = details.asked.map((detail) => {
    const member = memberOf(detail);
    const parts = partsBy([detail], memberOf);
    const resources = parts.map((part, index) => ({
      name: member === undefined ? '' : (resourcesOf(detail, member)[index] ?? ''),
      value: String(box++),
      granted: wasGranted(details, part, granted),
    }));
    return { ...describeDetail(detail, apis), resources: member === undefined ? [] : resources };
  });
  // The lost details are removed after all are numbered, because the form counts them too.
  return views.filter((_, index) => isHeld(details.asked[index], client, apis));
}

/**
 * Everything that was requested, without the resources that the user declined. A form cannot add
 * one.
 */
export function tickedDetails(
  details: RequestedDetails | undefined,
  shown: Consent | undefined,
  parameters: Parameters,
): AnsweredDetails | undefined {
  if (details === undefined) return undefined;
  const ticked = parameters.all('detail');
  const memberOf = memberIn(details.members);
  const granted = shown?.terms?.authorizationDetails ?? [];
  return answerOf(
    requestedParts(details),
    (part, index) =>
      memberOf(part) === undefined ||
      ticked.includes(String(index)) ||
      wasGranted(details, part, granted),
  );
}
