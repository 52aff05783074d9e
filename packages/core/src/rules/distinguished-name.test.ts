import { describe, expect, it } from 'vitest';
import { growthOf } from '../../../jwt/src/testing-parts/growth.ts';
import { isLong } from '../../../jwt/src/testing-parts/series.ts';
import { matchesSubject, parseDistinguishedName } from './distinguished-name.ts';

const cn = '2.5.4.3';
const o = '2.5.4.10';
const ou = '2.5.4.11';

describe('a distinguished name as text (RFC 4514)', () => {
  it('is written from the leaf to the root, and parsed from the root to the leaf (§2.1)', () => {
    expect(parseDistinguishedName('CN=Steve Kille,O=Isode Limited,C=GB')).toEqual([
      [{ oid: '2.5.4.6', text: 'GB' }],
      [{ oid: o, text: 'Isode Limited' }],
      [{ oid: cn, text: 'Steve Kille' }],
    ]);
  });

  it('may have several attributes in one part (§2.2)', () => {
    expect(parseDistinguishedName('OU=Sales+CN=J.  Smith')).toEqual([
      [
        { oid: ou, text: 'Sales' },
        { oid: cn, text: 'J.  Smith' },
      ],
    ]);
  });

  it.each([
    ['CN=James \\"Jim\\" Smith\\, III', 'James "Jim" Smith, III'],
    ['CN=Before\\0dAfter', 'Before\rAfter'],
    ['CN=Lu\\C4\\8Di\\C4\\87', 'Lučić'],
    ['CN=\\ padded\\ ', ' padded '],
    ['CN=a=b', 'a=b'],
    ['2.5.4.3=plain', 'plain'],
    ['commonName = plain ', 'plain'],
  ])('in the notation %s contains %s (§2.4, §4)', (written, text) => {
    expect(parseDistinguishedName(written)).toEqual([[{ oid: cn, text }]]);
  });

  it.each([
    '',
    'plain',
    'CN=',
    'CN=a,',
    '=a',
    'CN=#04024869',
    'unknown=a',
    'CN=a\\',
    'CN=a\\x',
    'CN=a,,O=b',
  ])('such as "%s" cannot be compared and is refused', (written) => {
    expect(parseDistinguishedName(written)).toBeUndefined();
  });

  it.runIf(isLong)('with many backslashes is parsed in linear time', () => {
    // A pattern began anew at each of them once: the time grew with the square of their number.
    const make = (length: number) => `CN=${'\\'.repeat(length)}a`;
    expect(growthOf(make, parseDistinguishedName, 2000)).toBeLessThan(200);
  });
});

describe('a certificate subject', () => {
  const subject = [
    [{ oid: o, text: 'Nordwind' }],
    [
      { oid: cn, text: 'Meter' },
      { oid: ou, text: 'Roof' },
    ],
  ];

  it.each(['CN=meter+OU=ROOF,O=Nordwind', 'ou= roof + cn=Meter , o=NORDWIND'])(
    'matches the registered name with %s',
    (written) => {
      expect(matchesSubject(subject, written)).toBe(true);
    },
  );

  it.each([
    'CN=meter,O=Nordwind',
    'O=Nordwind,CN=Meter+OU=Roof',
    'CN=Meter+OU=Roof+OU=Roof,O=Nordwind',
    'CN=Other+OU=Roof,O=Nordwind',
    'plain',
  ])('does not match the registered name with %s', (written) => {
    expect(matchesSubject(subject, written)).toBe(false);
  });

  it('does not match a name that has one more attribute', () => {
    expect(matchesSubject([[{ oid: ou, text: 'Roof' }]], 'OU=Roof')).toBe(true);
    expect(matchesSubject([[{ oid: ou, text: 'Roof' }]], 'OU=Roof+CN=Meter')).toBe(false);
  });

  it('that cannot be parsed matches no name', () => {
    expect(matchesSubject(undefined, 'CN=Meter')).toBe(false);
  });
});
