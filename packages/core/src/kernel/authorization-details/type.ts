/** The types of authorization details (RFC 9396 §2) that APIs declare, found by name. */
import type { Api } from '../../model/entities.ts';
import type { DetailType } from '../../model/api-settings.ts';
import type { ApiDirectory } from '../../model/services.ts';

export interface FoundType {
  readonly type: DetailType;
  readonly api: Api;
}

/** Made once for each directory, which stays the same while the APIs do. */
const known = new WeakMap<ApiDirectory, ReadonlyMap<string, FoundType>>();

export function detailTypesOf(apis: ApiDirectory): ReadonlyMap<string, FoundType> {
  const former = known.get(apis);
  if (former !== undefined) return former;
  const types = new Map(
    apis.all.flatMap((api) =>
      (api.settings?.authorizationDetailsTypes ?? []).map(
        (type) => [type.type, { type, api }] as const,
      ),
    ),
  );
  known.set(apis, types);
  return types;
}

/** RFC 9396 §10. */
export function detailsMetadata(apis: ApiDirectory): Readonly<Record<string, unknown>> {
  const types = [...detailTypesOf(apis).keys()];
  return types.length === 0 ? {} : { authorization_details_types_supported: types };
}
