/** What people read of somebody else's words: bounded, one line, and nothing that turns text around or hides it. */

/** Why a text may not be shown, or undefined when it may. */
export function refuseDisplayText(text: string): string | undefined {
  if (text.trim() === '' || text.length > 100) return 'must have 1 to 100 characters';
  if (/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(text)) return 'must not have control or invisible characters';
  return undefined;
}
