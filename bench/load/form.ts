/**
 * A form of a page, filled in as it stands and sent by its first answer: what a person does who
 * agrees.
 */

export interface Submission {
  readonly action: string;
  readonly body: string;
}

const form = /<form\b[^>]*\baction="([^"]*)"[^>]*>([\s\S]*?)<\/form>/i;
const field = /<input\b[^>]*>/gi;
/** Keywright's pages have their answers as buttons with a name. */
const allow = /<button\b[^>]*\bid="allow"[^>]*>/i;

/** The first form of the page; undefined where there is none. */
export function submit(html: string): Submission | undefined {
  const found = form.exec(html);
  if (found === null) return undefined;
  const [, action = '', inside = ''] = found;
  const tags = [...(inside.match(field) ?? []), ...(allow.exec(inside) ?? [])];
  const pairs = tags.flatMap((tag) => {
    const name = attribute(tag, 'name');
    return name === undefined
      ? []
      : [`${name}=${encodeURIComponent(attribute(tag, 'value') ?? '')}`];
  });
  return { action: decode(action), body: pairs.join('&') };
}

function attribute(tag: string, name: string): string | undefined {
  const start = tag.indexOf(` ${name}="`);
  if (start === -1) return undefined;
  const from = start + name.length + 3;
  return decode(tag.slice(from, tag.indexOf('"', from)));
}

/** What both sides' pages escape in addresses and in values of their own making. */
function decode(text: string): string {
  return text.includes('&') ? text.replaceAll('&quot;', '"').replaceAll('&amp;', '&') : text;
}
