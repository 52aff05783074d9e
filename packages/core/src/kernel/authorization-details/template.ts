/** A sentence with names of members in braces: `See {actions} of {buildings}`. Nothing else in it means anything. */

export const memberName = /^[A-Za-z][A-Za-z0-9_]{0,49}$/;
const placeholder = /\{([A-Za-z][A-Za-z0-9_]{0,49})\}/g;

export function templateMembers(template: string): readonly string[] {
  return [...template.matchAll(placeholder)].map(([, name = '']) => name);
}

/** The operator's words, and between them what the request has: apart, so that a page can show which is whose. */
export interface TemplatePart {
  readonly text: string;
  /** From the request: somebody else's words. */
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
