/** What people read of somebody else's words: bounded, one line, and nothing that turns text around or hides it. */

/** What hides, turns text around, or is no character of anybody’s. */
export const unreadable = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]/u;

/** Why a text may not be shown, or undefined when it may. */
export function refuseDisplayText(text: string): string | undefined {
  if (text.trim() === '' || text.length > 100) return 'must have 1 to 100 characters';
  if (unreadable.test(text)) return 'must not have control or invisible characters';
  return undefined;
}
