/** How old something is that is remembered, by a clock that may be put back. */

/** Less than `seconds` old. What was remembered in the future is not: it would count as new until that time comes. */
export function isYoung(at: number, now: number, seconds: number): boolean {
  return at <= now && now - at < seconds;
}
