/**
 * A sentence with names of members in braces: `See {actions} of {buildings}`. Nothing else has a
 * special meaning.
 */

export const memberName = /^[A-Za-z][A-Za-z0-9_]{0,49}$/;
const placeholder = /\{([A-Za-z][A-Za-z0-9_]{0,49})\}/g;

export function templateMembers(template: string): readonly string[] {
  return [...template.matchAll(placeholder)].map(([, name = '']) => name);
}

/**
 * The text of the operator and the values of the request, separate, so that a page can show the
 * difference.
 */
export interface TemplatePart {
  readonly text: string;
  /** A value of the request, which the client chose. */
  readonly isGiven: boolean;
}

export function fillTemplate(
  template: string,
  valueOf: (member: string) => readonly string[],
): readonly TemplatePart[] {
  const parts: TemplatePart[] = [];
  const own = (text: string) => {
    if (text !== '') parts.push({ text, isGiven: false });
  };
  let end = 0;
  for (const { 0: whole, 1: name = '', index } of template.matchAll(placeholder)) {
    own(template.slice(end, index));
    valueOf(name).forEach((text, place) => {
      own(place === 0 ? '' : ', ');
      parts.push({ text, isGiven: true });
    });
    end = index + whole.length;
  }
  own(template.slice(end));
  return parts;
}
