/**
 * The page that posts itself to the client (OAuth 2.0 Form Post Response Mode). It has the only
 * script of all pages. The policy of this page allows the script by its hash. Without scripts, the
 * page shows a button.
 */
import { createHash } from 'node:crypto';
import type { Pages } from '../../model/pages.ts';
import type { HttpResponse } from './message.ts';
import { page } from './responses.ts';

const script = 'document.forms[0].submit()';
/** CSP3 §8.3: the hash of the exact text between the tags. */
const scriptSource = `'sha256-${createHash('sha256').update(script).digest('base64')}'`;

export function formPost(
  pages: Pages,
  action: string,
  fields: Readonly<Record<string, string>>,
  {
    formTargets,
    cookies,
  }: { readonly formTargets: readonly string[]; readonly cookies: readonly string[] },
): HttpResponse {
  const html = pages.formPost({
    form: { action, fields },
    returnHost: new URL(action).host,
    script,
  });
  return page(html, { cookies, formTargets, scriptSource, keepsOpener: true });
}
