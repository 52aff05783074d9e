/** A consent page that is shown again keeps what the user ticked, unticked and picked. */
import type { Parameters } from '../../kernel/http/parameters.ts';
import type { ConsentView, DetailView } from '../../model/pages.ts';

/** `isSameList`: the page offers the same resources as before, so their numbers mean the same. */
export function withTicks(
  { groups, details, ...view }: ConsentView,
  parameters: Parameters,
  isSameList: boolean,
): ConsentView {
  const scopes = parameters.all('scope');
  return {
    ...view,
    groups: groups.map((group) => ({
      ...group,
      scopes: group.scopes.map((scope) =>
        // The others have no box.
        scope.granted || !scope.optional || scopes.includes(scope.name)
          ? scope
          : { ...scope, isUnticked: true },
      ),
    })),
    details: details.map((detail) => withDetailTicks(detail, parameters, isSameList)),
  };
}

function withDetailTicks(
  { choice, resources, ...detail }: DetailView,
  parameters: Parameters,
  isSameList: boolean,
): DetailView {
  const ticked = parameters.all('detail');
  const picked = [...ticked, parameters.get(choice?.control ?? '')];
  return {
    ...detail,
    resources: resources.map((one) =>
      one.granted || ticked.includes(one.value) ? one : { ...one, isUnticked: true },
    ),
    ...(choice === undefined
      ? {}
      : {
          choice: {
            ...choice,
            resources: choice.resources.map((one) =>
              isSameList && picked.includes(one.value) ? { ...one, isPicked: true } : one,
            ),
          },
        }),
  };
}
