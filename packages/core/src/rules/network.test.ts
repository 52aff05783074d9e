import { expect, it } from 'vitest';
import { networkOf, networksAround } from './network.ts';

it.each([
  ['192.0.2.1', '192.0.2.1'],
  ['::ffff:192.0.2.1', '192.0.2.1'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:0db8:0001:0002::9', '2001:db8:1:2::/64'],
  ['2001:DB8:1:2::', '2001:db8:1:2::/64'],
  ['2001:db8::1', '2001:db8:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
])('the network of %s is %s', (address, network) => {
  expect(networkOf(address)).toBe(network);
});

it.each([
  ['192.0.2.1', ['192.0.2.1', '192.0.2/', '192.0/']],
  ['::ffff:192.0.2.1', ['192.0.2.1', '192.0.2/', '192.0/']],
  ['2001:db8:1:2::5', ['2001:db8:1:2::/64', '2001:db8:1/', '2001:db8/']],
])('the address %s is in %j', (address, networks) => {
  expect(networksAround(address)).toEqual(networks);
});
