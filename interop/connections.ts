/** The account page without a browser. */
import type { DemoAccount } from './demonstration.ts';
import { fillForm, readForms } from './html-form.ts';
import { Visitor } from './visitor.ts';

/** Ends every connection of the account, so that a test starts without any consent. */
export async function takeBackEverything(issuer: string, account: DemoAccount): Promise<void> {
  const visitor = new Visitor(issuer);
  let arrival = await visitor.go(`${issuer}/account`);
  for (let pages = 0; pages < 50; pages += 1) {
    if (arrival.kind === 'left') throw new Error(`left for ${arrival.address.href}`);
    const { page } = arrival;
    if (page.html.includes('id="signin"')) {
      arrival = await visitor.signIn(page, account);
      continue;
    }
    // There are other buttons: one signs out, and one undoes the last end.
    const form = readForms(page.html).find(({ action }) => action.endsWith('/account/revoke'));
    if (form === undefined) return;
    arrival = await visitor.post(page, form.action, fillForm(form, ''));
  }
  throw new Error('connections without end');
}
