/** Suggests the name that a user probably meant. */

/**
 * The number of edits that turn one word into the other (Levenshtein). Keeps one row of the table
 * at a time.
 */
function countEdits(left: string, right: string): number {
  let row = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let i = 1; i <= left.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= right.length; j += 1) {
      const replaced = (row[j - 1] ?? 0) + (left[i - 1] === right[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[right.length] ?? 0;
}

/** Returns `; did you mean issuer?`, or the known names. It follows a message about a name. */
export function nearest(name: string, known: readonly string[]): string {
  const ranked = known
    .map((word) => ({ word, edits: countEdits(name, word) }))
    .sort((a, b) => a.edits - b.edits);
  const best = ranked[0];
  if (best !== undefined && best.edits <= Math.max(2, name.length / 4))
    return `; did you mean ${best.word}?`;
  return `; known are ${known.join(', ')}`;
}
