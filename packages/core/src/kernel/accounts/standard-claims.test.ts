import { describe, expect, it } from 'vitest';
import { accountClaimNames, checkClaims } from './standard-claims.ts';

const whole = {
  given_name: 'Ada',
  family_name: 'Byron',
  middle_name: 'Augusta',
  nickname: 'Ada',
  preferred_username: 'ada',
  profile: 'https://ada.example/me',
  picture: 'https://ada.example/ada.jpg',
  website: 'http://ada.example',
  gender: 'female',
  birthdate: '1815-12-10',
  zoneinfo: 'Europe/London',
  locale: 'en-GB',
  updated_at: 1_700_000_000,
  phone_number: '+44 20 7946 0000;ext=12',
  phone_number_verified: true,
  address: {
    formatted: '12 St James’s Square\nLondon',
    street_address: '12 St James’s Square',
    locality: 'London',
    region: 'Greater London',
    postal_code: 'SW1Y 4JH',
    country: 'United Kingdom',
  },
};

describe('the standard claims of an account (OpenID Connect Core §5.1)', () => {
  it('may have each standard claim with its type', () => {
    expect(checkClaims(whole)).toEqual([]);
    expect(Object.keys(whole).sort()).toEqual([...accountClaimNames].sort());
  });

  it.each([
    ['given_name', 7],
    ['given_name', ''],
    ['given_name', 'a'.repeat(501)],
    ['nickname', 'a\u0000b'],
    ['picture', 'javascript:alert(1)'],
    ['website', 'ada.example'],
    ['birthdate', '1815-02-30'],
    ['birthdate', '10 December 1815'],
    ['zoneinfo', 'Mars/Olympus'],
    ['zoneinfo', undefined],
    ['zoneinfo', '+01:00'],
    ['locale', 'e'],
    ['updated_at', '1700000000'],
    ['updated_at', 1.5],
    ['phone_number', 'call me'],
    ['phone_number_verified', 'yes'],
    ['address', 'London'],
    ['address', {}],
    ['address', ['London']],
    // Fields of their own, and what is no claim at all.
    ['name', 'Ada'],
    ['email', 'ada@example.com'],
    ['sub', 'usr_other'],
    ['constructor', 'x'],
    ['loyalty_points', 3],
  ])('cannot have %s as %j', (name, value) => {
    expect(checkClaims({ [name]: value })).toMatchObject([{ name }]);
  });

  it('may have a year without a birthday, and a birthday without its year (§5.1)', () => {
    expect(checkClaims({ birthdate: '1815' })).toEqual([]);
    expect(checkClaims({ birthdate: '0000-02-29' })).toEqual([]);
  });

  it('name the wrong member of an address in the error (§5.1.1)', () => {
    expect(checkClaims({ address: { country: 7, planet: 'Earth' } })).toMatchObject([
      { name: 'address.country' },
      { name: 'address.planet' },
    ]);
  });
});
