/** Texts that no answer and no output may contain: tokens, their parts, and client secrets. */
const shortest = 12;

export interface Secrets {
  add(text: string): void;
  /** Whether the text contains one of them, plain or percent-encoded. */
  isIn(text: string): boolean;
  redact(text: string): string;
}

/** Without the header of a JWT, because it is not secret and often the same. */
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
