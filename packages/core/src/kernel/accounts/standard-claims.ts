/**
 * The claims about a user (OpenID Connect Core §5.1), checked when the configuration or the command
 * line sets them.
 */
import type { Claims } from './claims.ts';

/** One fault of a claim about a user. */
export interface ClaimProblem {
  /** `address.country`. */
  readonly name: string;
  readonly message: string;
}

/** Says what is wrong with a value, or returns undefined. */
type Check = (value: unknown) => string | undefined;

const maxLength = 500;

const text: Check = (value) =>
  typeof value === 'string' &&
  value.trim() !== '' &&
  value.length <= maxLength &&
  !/\p{Cc}/u.test(value)
    ? undefined
    : `must be a text of 1 to ${maxLength} printable characters`;

/** §5.1.1: a postal address has lines. */
const lines: Check = (value) =>
  text(typeof value === 'string' ? value.replaceAll(/\r?\n/g, ' ') : value) &&
  'must be a text of at most a few lines';

const flag: Check = (value) => (typeof value === 'boolean' ? undefined : 'must be true or false');

/** A web address, because other people's pages use it as a link or a picture. */
const webAddress: Check = (value) =>
  text(value) === undefined && URL.canParse(value as string) && /^https?:\/\//.test(value as string)
    ? undefined
    : 'must be an http or https URL';

/** ISO 8601-1: the whole date, only the year, or a birthday with the year 0000. */
const birthdate: Check = (value) =>
  typeof value === 'string' && /^[0-9]{4}(-[0-9]{2}-[0-9]{2})?$/.test(value) && isCalendarDay(value)
    ? undefined
    : 'must be YYYY-MM-DD, 0000-MM-DD or YYYY';

function isCalendarDay(value: string): boolean {
  if (value.length === 4) return true;
  // 2000 was a leap year, so a birthday without a year may be 29 February.
  const day = value.startsWith('0000') ? `2000${value.slice(4)}` : value;
  // oxlint-disable-next-line no-restricted-globals -- of the given day
  const date = new Date(`${day}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(day);
}

const timeZone: Check = (value) =>
  typeof value === 'string' && isTimeZone(value)
    ? undefined
    : 'must be a time zone of the IANA database: Europe/Zurich';

function isTimeZone(name: string): boolean {
  try {
    // Intl also accepts an offset, which is not a time zone.
    return /^[A-Za-z]/.test(
      new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone,
    );
  } catch {
    return false;
  }
}

/** BCP 47, also with an underscore, as some systems write it. */
const locale: Check = (value) =>
  typeof value === 'string' && /^[A-Za-z]{2,8}([-_][A-Za-z0-9]{1,8})*$/.test(value)
    ? undefined
    : 'must be a language tag: en-GB';

const seconds: Check = (value) =>
  Number.isSafeInteger(value) && (value as number) >= 0
    ? undefined
    : 'must be whole seconds since 1970';

/** E.164 is recommended. An extension may follow (RFC 3966). */
const phoneNumber: Check = (value) =>
  typeof value === 'string' && /^\+?[0-9][0-9 ().-]{2,40}(;ext=[0-9]{1,10})?$/.test(value)
    ? undefined
    : 'must be a phone number: +41 44 000 00 00';

const addressMembers: Readonly<Record<string, Check>> = {
  formatted: lines,
  street_address: lines,
  locality: text,
  region: text,
  postal_code: text,
  country: text,
};

const checks: Readonly<Record<string, Check>> = {
  given_name: text,
  family_name: text,
  middle_name: text,
  nickname: text,
  preferred_username: text,
  profile: webAddress,
  picture: webAddress,
  website: webAddress,
  gender: text,
  birthdate,
  zoneinfo: timeZone,
  locale,
  updated_at: seconds,
  phone_number: phoneNumber,
  phone_number_verified: flag,
};

/**
 * Every claim of an account except its name and e-mail address, which are fields of their own
 * (OpenID Connect Core §5.1).
 */
export const accountClaimNames: readonly string[] = [...Object.keys(checks), 'address'];

/**
 * Returns every fault in the form of claims about a user (OpenID Connect Core §5.1). Does not
 * check that the values are true.
 */
export function checkClaims(claims: Claims): readonly ClaimProblem[] {
  return Object.entries(claims).flatMap(([name, value]) => {
    if (name === 'address') return checkAddress(value);
    const check = Object.hasOwn(checks, name) ? checks[name] : undefined;
    const message =
      check === undefined ? `must be one of ${accountClaimNames.join(', ')}` : check(value);
    return message === undefined ? [] : [{ name, message }];
  });
}

function checkAddress(value: unknown): readonly ClaimProblem[] {
  if (
    typeof value !== 'object' ||
    value === null ||
    Array.isArray(value) ||
    Object.keys(value).length === 0
  )
    return [
      { name: 'address', message: `must have members: ${Object.keys(addressMembers).join(', ')}` },
    ];
  return Object.entries(value).flatMap(([member, part]) => {
    const check = Object.hasOwn(addressMembers, member) ? addressMembers[member] : undefined;
    const message =
      check === undefined
        ? `must be one of ${Object.keys(addressMembers).join(', ')}`
        : check(part);
    return message === undefined ? [] : [{ name: `address.${member}`, message }];
  });
}
