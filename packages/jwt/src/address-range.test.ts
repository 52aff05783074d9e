import { BlockList, isIP } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isWithin, refuseAddressRange } from './address-range.ts';

describe('a network in CIDR notation', () => {
  it.each([
    '10.0.0.0/8',
    '0.0.0.0/0',
    '192.0.2.7/32',
    '2001:db8::/32',
    '::/0',
    '2001:db8::1/128',
    '2001:DB8:0::/33',
  ])('%s is one', (text) => {
    expect(refuseAddressRange(text)).toBeUndefined();
  });

  it.each([
    ['10.0.0.0', 'like'],
    ['10.0.0.0/33', 'like'],
    ['10.0.0/8', 'like'],
    ['10.0.0.0/08', 'like'],
    ['10.0.0.0/-1', 'like'],
    ['10.0.0.0/8 ', 'like'],
    ['010.0.0.0/8', 'like'],
    ['2001:db8::/129', 'like'],
    ['2001:db8::g/32', 'like'],
    ['fe80::1%eth0/64', 'like'],
    ['/8', 'like'],
    ['', 'like'],
    ['*', 'like'],
    ['example.com/8', 'like'],
    ['10.0.0.1/8', 'bits behind'],
    ['0.0.0.1/0', 'bits behind'],
    ['2001:db8::1/32', 'bits behind'],
    ['::ffff:10.0.0.0/104', 'IPv4'],
  ])('%s is refused, and told why', (text, why) => {
    expect(refuseAddressRange(text)).toContain(why);
  });
});

describe('an address is within networks', () => {
  it.each([
    ['10.1.2.3', ['10.0.0.0/8']],
    ['::ffff:10.1.2.3', ['10.0.0.0/8']],
    ['::ffff:a01:203', ['10.0.0.0/8']],
    ['192.0.2.7', ['10.0.0.0/8', '192.0.2.7/32']],
    ['203.0.113.9', ['0.0.0.0/0']],
    ['2001:db8:1::9', ['2001:db8::/32']],
    ['fe80::1%eth0', ['fe80::/10']],
    ['64:ff9b::192.0.2.1', ['64:ff9b::/96']],
  ])('%s in %j', (address, networks) => {
    expect(isWithin(address, networks)).toBe(true);
  });

  it.each([
    ['11.0.0.1', ['10.0.0.0/8']],
    ['192.0.2.8', ['192.0.2.7/32']],
    ['10.1.2.3', ['::/0']],
    ['::a01:203', ['10.0.0.0/8']],
    ['2001:db8::1', ['0.0.0.0/0']],
    ['2001:db9::', ['2001:db8::/32']],
    ['', ['0.0.0.0/0', '::/0']],
    ['unknown', ['0.0.0.0/0', '::/0']],
    ['10.1.2.3', []],
    ['10.1.2.3', ['nonsense']],
  ])('%s is not in %j', (address, networks) => {
    expect(isWithin(address, networks)).toBe(false);
  });

  it('agrees with Node about every address and network', () => {
    const range = fc.oneof(
      fc.tuple(fc.ipV4(), fc.nat({ max: 32 })),
      fc.tuple(fc.ipV6(), fc.nat({ max: 128 })),
    );
    fc.assert(
      fc.property(range, fc.oneof(fc.ipV4(), fc.ipV6()), ([first, bits], address) => {
        const mapped = (text: string) => /^(0*:)*:?(0*:)*ffff:/i.test(text);
        fc.pre(!mapped(address) && !mapped(first));
        const families = [isIP(first), isIP(address)];
        const list = new BlockList();
        list.addSubnet(first, bits, families[0] === 4 ? 'ipv4' : 'ipv6');
        const expected =
          families[0] === families[1] && list.check(address, families[1] === 4 ? 'ipv4' : 'ipv6');
        expect(isWithin(address, [`${first}/${bits}`])).toBe(expected);
        expect(isWithin(first, [`${first}/${bits}`])).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });
});
