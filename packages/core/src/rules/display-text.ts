/** What people read of somebody else's words: bounded, one line, and nothing that turns text around or hides it. */

/**
 * What hides, turns text around, or is no character of anybody’s; and letters that are drawn as nothing: with one of
 * those, a name looks the same as the name without it.
 */
export const unreadable =
  /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0]/u;
/** Something to see: no space, no mark without its letter (a variation selector is one), nothing without a meaning yet. */
const visible = /[^\p{White_Space}\p{Default_Ignorable_Code_Point}\p{M}\p{C}\ufffc]/u;

/** Why a text may not be shown, or undefined when it may. */
export function refuseDisplayText(text: string): string | undefined {
  if (text.trim() === '' || text.length > 100) return 'must have 1 to 100 characters';
  if (unreadable.test(text)) return 'must not have control or invisible characters';
  if (!visible.test(text)) return 'must have a character that can be seen';
  return undefined;
}
