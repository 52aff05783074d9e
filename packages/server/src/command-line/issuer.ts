/** `keywright issuer change`: from now on the database is that of the issuer in the configuration. */
import { changeIssuer } from '@keywright/core';
import { type GlobalOptions, withStore } from './context.ts';
import { print } from './output.ts';

export function changeRecordedIssuer(global: GlobalOptions): Promise<void> {
  return withStore(global, async ({ store, configuration, now, events }) => {
    const { issuer } = configuration.options;
    const former = await changeIssuer(store, issuer, now);
    if (former === issuer) return print(`The issuer of this database is ${issuer} already.`);
    events.emit({ type: 'issuer.changed', former, issuer });
    return print(`The issuer of this database is ${issuer} from now on. Start every node with it.`);
  });
}
