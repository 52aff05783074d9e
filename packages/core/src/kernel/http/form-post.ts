/**
 * The page that posts itself to the client (OAuth 2.0 Form Post Response Mode). It holds the one script of all our pages, which the policy
 * of this page alone allows, by its hash; without scripts there is a button.
 */
import { createHash } from 'node:crypto';
import type { Pages } from '../../model/pages.ts';
import type { HttpResponse } from './message.ts';
import { page } from './responses.ts';

const script = 'document.forms[0].submit()';
/** CSP3 §8.3: the hash of the text between the tags, to the letter. */
const scriptSource = `'sha256-${createHash('sha256').update(script).digest('base64')}'`;

export function formPost(
  pages: Pages,
  action: string,
  fields: Readonly<Record<string, string>>,
  { formTargets, cookies }: { readonly formTargets: readonly string[]; readonly cookies: readonly string[] },
): HttpResponse {
  const html = pages.formPost({ form: { action, fields }, returnHost: new URL(action).host, script });
  return page(html, { cookies, formTargets, scriptSource, keepsOpener: true });
}
