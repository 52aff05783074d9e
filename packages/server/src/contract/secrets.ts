/** What must be in no answer and in nothing that is printed: tokens, what they are made of, and client secrets. */
const shortest = 12;

export interface Secrets {
  add(text: string): void;
  /** Whether one of them stands in the text, as it is or percent-encoded. */
  isIn(text: string): boolean;
  redact(text: string): string;
}

/** Header aside: it repeats, and says nothing. */
function partsOf(text: string): readonly string[] {
  const parts = text.split('.');
  return parts.length === 3 ? [text, ...parts.slice(1)] : [text];
}

export function createSecrets(): Secrets {
  const known = new Set<string>();
  return {
    add(text) {
      for (const part of partsOf(text)) {
        if (part.length < shortest) continue;
        known.add(part).add(encodeURIComponent(part));
      }
    },
    isIn: (text) => [...known].some((part) => text.includes(part)),
    redact(text) {
      let clean = text;
      for (const part of known) clean = clean.replaceAll(part, '[token]');
      return clean;
    },
  };
}
