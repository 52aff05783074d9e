import { describe, expect, it } from 'vitest';
import { createNetworks } from './networks.ts';

describe('a set of networks', () => {
  it.each([
    ['10.0.0.0/8', '10.255.0.1', true],
    ['10.0.0.0/8', '11.0.0.0', false],
    ['10.1.2.3', '10.1.2.3', true],
    ['10.1.2.3', '10.1.2.4', false],
    ['10.1.2.3/8', '10.9.9.9', true],
    ['0.0.0.0/0', '203.0.113.9', true],
    ['0.0.0.0/0', '2001:db8::1', false],
    ['::/0', '10.0.0.1', false],
    ['2001:db8::/32', '2001:DB8:1::1', true],
    ['2001:db8::/32', '2001:db9::1', false],
    ['fe80::/10', 'fe80::1%eth0', true],
    ['192.0.2.0/24', '::ffff:192.0.2.7', true],
    ['192.0.2.0/24', '::FFFF:192.0.2.7', true],
    ['192.0.2.0/24', '::ffff:c000:207', true],
    ['192.0.2.0/24', '0:0:0:0:0:ffff:c000:207', true],
    ['192.0.2.0/24', '::ffff:c000:307', false],
    ['192.0.2.0/24', '::c000:207', false],
    ['::/0', '::ffff:c000:207', false],
    ['64:ff9b::/96', '64:ff9b::192.0.2.1', true],
  ])('%s and %s: %s', (network, address, isIn) => {
    expect(createNetworks([network])(address)).toBe(isIn);
  });

  it('of none holds nobody; what is no address is in none', () => {
    expect(createNetworks([])('10.0.0.1')).toBe(false);
    const all = createNetworks(['0.0.0.0/0', '::/0']);
    expect([undefined, '', 'localhost', '10.0.0', '10.0.0.1:80', '010.0.0.1'].map(all)).toEqual(
      Array.from({ length: 6 }, () => false),
    );
  });

  it.each([
    '',
    'localhost',
    '10.0.0.0/33',
    '10.0.0.0/-1',
    '10.0.0.0/',
    '10.0.0.0/8/8',
    '10.0.0/8',
    '::/129',
    '10.0.0.0/1e1',
  ])('does not take "%s"', (network) => {
    expect(() => createNetworks(['10.0.0.0/8', network])).toThrow(TypeError);
  });
});
