/**
 * Names that imitate others: letters of several alphabets in one word, and many marks on one
 * letter.
 */

/** Alphabets with similar letters. A word in one of them is a language, a word in two imitates. */
const alphabets = [
  /\p{Script=Latin}/u,
  /\p{Script=Cyrillic}/u,
  /\p{Script=Greek}/u,
  /\p{Script=Armenian}/u,
  /\p{Script=Cherokee}/u,
  /\p{Script=Lisu}/u,
] as const;

/**
 * Why a name may not be shown, or undefined. rules/display-text.ts has the other checks of a name.
 */
export function refuseLookAlike(name: string): string | undefined {
  const words = name.normalize('NFKC').split(/\s+/u);
  const isMixed = words.some(
    (word) => alphabets.filter((alphabet) => alphabet.test(word)).length > 1,
  );
  if (isMixed) return 'must not mix letters of several alphabets in one word';
  return /\p{M}{3,}/u.test(name) ? 'must not have many marks on one letter' : undefined;
}
