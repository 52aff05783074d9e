import type { html } from 'hono/html';

/** HTML whose texts are escaped. */
export type Markup = ReturnType<typeof html>;

/** The document as it is sent. Throws TypeError if a value of the template is a promise. */
export function asString(document: Markup): string {
  // A template is a promise only if one of its values is. No page and no mail has such a value.
  if (document instanceof Promise) throw new TypeError('a page holds a promise');
  return document.toString();
}
