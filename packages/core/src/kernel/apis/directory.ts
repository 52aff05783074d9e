/** The APIs in memory. They are read from the store again when the cache is too old. */
import type { Api } from '../../model/entities.ts';
import { withBuiltInApi } from './admin.ts';
import type { Clock, Store } from '../../model/ports.ts';
import { isYoung } from '../../rules/staleness.ts';
import type { ApiDirectory, ApiLoader } from '../../model/services.ts';

export function createApiDirectory(apis: readonly Api[]): ApiDirectory {
  const byIdentifier = new Map(apis.map((api) => [api.identifier, api]));
  const byScope = new Map(
    apis.flatMap((api) => api.scopes.map((scope) => [scope.name, { api, scope }] as const)),
  );
  return {
    all: apis,
    find: (identifier) => byIdentifier.get(identifier),
    ofScope: (scope) => byScope.get(scope)?.api,
    describe: (scope) => byScope.get(scope)?.scope,
  };
}

/**
 * Returns the directory, at most `cacheSeconds` old, with the built-in APIs. At once if it is
 * fresh.
 */
export function createApiLoader(
  store: Store,
  clock: Clock,
  cacheSeconds: number,
  builtIn: readonly Api[],
): ApiLoader {
  let directory: ApiDirectory | undefined;
  let loaded = '';
  let loadedAt = 0;
  const load = async (now: number): Promise<ApiDirectory> => {
    const apis = builtIn.reduce(withBuiltInApi, await store.apis.list());
    const text = JSON.stringify(apis);
    // If the APIs are the same, the directory stays the same object, because the discovery document
    // depends on it.
    if (directory === undefined || text !== loaded) directory = createApiDirectory(apis);
    loaded = text;
    loadedAt = now;
    return directory;
  };
  return () => {
    const now = clock.nowSeconds();
    return directory !== undefined && isYoung(loadedAt, now, cacheSeconds) ? directory : load(now);
  };
}
