/** The age of a cached value, by a clock that may be set back. */

/**
 * Less than `seconds` old. A value from the future is too old. Otherwise it would stay fresh until
 * that time.
 */
export function isYoung(at: number, now: number, seconds: number): boolean {
  return at <= now && now - at < seconds;
}
