/** Time spans as users type them: `90d`, `24h`, `30m`, `45s`. */
import { CommandError } from './output.ts';

const secondsOf: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

/** Returns seconds. Throws a CommandError that names the flag. */
export function parseDuration(text: string, flag: string): number {
  const [, count = '', unit = ''] = /^(\d{1,9})([smhd])$/.exec(text) ?? [];
  const seconds = secondsOf[unit];
  if (seconds === undefined)
    throw new CommandError(`${flag} must be a time span such as 90d, 24h, 30m or 45s.`);
  return Number(count) * seconds;
}
