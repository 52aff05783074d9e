/** `keywright apis list`. */
import { type GlobalOptions, withStore } from './context.ts';
import { printList } from './output.ts';

export function listApis(
  { json = false }: { readonly json?: boolean },
  global: GlobalOptions,
): Promise<void> {
  return withStore(global, async ({ store }) => {
    printList(
      await store.apis.list(),
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
