/** `keywright apis list`. */
import { adminApi, withBuiltInApi } from '@keywright/core';
import { type GlobalOptions, withStore } from './context.ts';
import { printList } from './output.ts';

export function listApis(
  { json = false }: { readonly json?: boolean },
  global: GlobalOptions,
): Promise<void> {
  return withStore(global, async ({ configuration, store }) => {
    printList(
      withBuiltInApi(await store.apis.list(), adminApi(configuration.options.issuer)),
      json,
      ['IDENTIFIER', 'NAME', 'SCOPES', 'INTROSPECTORS', 'ORIGIN'],
      (api) => [
        api.identifier,
        api.name,
        api.scopes.map((scope) => scope.name).join(' '),
        api.introspectors.join(' '),
        api.origin,
      ],
    );
  });
}
