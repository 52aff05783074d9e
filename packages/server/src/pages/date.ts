/**
 * Times in plain English, in UTC, because the server does not know the time zone of the reader.
 * Seconds since 1970.
 */
const minute = 60;
const hour = 60 * minute;
const day = 24 * hour;

const dates = new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeZone: 'UTC' });
const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });

/** "24 November 2026". */
export function dateInWords(seconds: number): string {
  return dates.format(seconds * 1000);
}

const times = new Intl.DateTimeFormat('en-GB', {
  dateStyle: 'long',
  timeStyle: 'short',
  timeZone: 'UTC',
});

/** "24 November 2026 at 20:08 UTC". */
export function timeInWords(seconds: number): string {
  return `${times.format(seconds * 1000)} UTC`;
}

/** For `<time datetime>`: RFC 3339 without fractions. */
export function timestamp(seconds: number): string {
  return `${new Date(seconds * 1000).toISOString().slice(0, 19)}Z`;
}

/**
 * "3 hours ago", "yesterday". A time ahead of the clock is "just now", because the clocks of two
 * nodes differ a little.
 */
export function agoInWords(seconds: number, now: number): string {
  const age = now - seconds;
  if (age < minute) return 'just now';
  if (age < hour) return relative.format(-Math.floor(age / minute), 'minute');
  if (age < day) return relative.format(-Math.floor(age / hour), 'hour');
  return daysAgoInWords(Math.floor(age / day));
}

/** "in 4 minutes", "in less than a minute", for a request that expires soon. */
export function soonInWords(seconds: number, now: number): string {
  const left = seconds - now;
  return left < minute
    ? 'in less than a minute'
    : relative.format(Math.floor(left / minute), 'minute');
}

function daysAgoInWords(days: number): string {
  if (days < 30) return relative.format(-days, 'day');
  if (days < 365) return relative.format(-Math.floor(days / 30), 'month');
  return relative.format(-Math.floor(days / 365), 'year');
}

/** "30 days", "1 year": whole years in years, everything else in days. */
export function daysInWords(days: number): string {
  const [count, unit] = days > 0 && days % 365 === 0 ? [days / 365, 'year'] : [days, 'day'];
  return `${count} ${unit}${count === 1 ? '' : 's'}`;
}
