/**
 * Text of others for display: limited, one line, without characters that hide text or change its
 * direction.
 */

/**
 * Characters that hide text, change its direction, or have no meaning, and letters without a
 * visible form. With such a letter, a name looks the same as without it.
 */
export const unreadable =
  /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0]/u;
/**
 * A visible character: not a space, not a mark without its letter (for example a variation
 * selector), not an unassigned code point.
 */
const visible = /[^\p{White_Space}\p{Default_Ignorable_Code_Point}\p{M}\p{C}\ufffc]/u;

/** Says why a text may not be shown, or returns undefined. */
export function refuseDisplayText(text: string): string | undefined {
  if (text.trim() === '' || text.length > 100) return 'must have 1 to 100 characters';
  if (unreadable.test(text)) return 'must not have control or invisible characters';
  if (!visible.test(text)) return 'must have a visible character';
  return undefined;
}
