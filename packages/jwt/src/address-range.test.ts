import { describe, expect, it } from 'vitest';
import { refuseAddressRange } from './address-range.ts';

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
  ])('%s is refused with the reason', (text, why) => {
    expect(refuseAddressRange(text)).toContain(why);
  });
});
