import { describe, expect, test } from 'vitest';
import { parseProxies } from '../configuration/proxies.ts';
import { resolveRemoteAddress } from './remote-address.ts';

const proxies = parseProxies(['10.0.0.0/8', 'fd00::/8'], []);
const resolve = (socket: string, forwarded?: string) =>
  resolveRemoteAddress(socket, forwarded, proxies);

describe('the address of a caller', () => {
  test('is the socket’s when there is no trusted proxy', () => {
    expect(resolveRemoteAddress('::ffff:192.0.2.1', '198.51.100.1', undefined)).toBe('192.0.2.1');
  });

  test('is the socket’s when that is no trusted proxy: X-Forwarded-For is ignored', () => {
    expect(resolve('192.0.2.1', '198.51.100.1')).toBe('192.0.2.1');
  });

  test('is the right-most one that is no trusted proxy: the caller can write all addresses to its left', () => {
    expect(resolve('10.0.0.1', '203.0.113.9, 198.51.100.1, 10.0.0.2')).toBe('198.51.100.1');
    expect(resolve('::ffff:10.0.0.1', '198.51.100.1:4711')).toBe('198.51.100.1');
    expect(resolve('fd00::1', '[2001:db8::1]:4711')).toBe('2001:db8::1');
  });

  test('is the nearest known hop when a text that is no address follows', () => {
    expect(resolve('10.0.0.1', '198.51.100.1, unknown, 10.0.0.2')).toBe('10.0.0.2');
    expect(resolve('10.0.0.1', '')).toBe('10.0.0.1');
  });

  test('is the left-most one when all are trusted', () => {
    expect(resolve('10.0.0.1', '10.0.0.3, 10.0.0.2')).toBe('10.0.0.3');
  });
});

test('a block of all addresses cannot be a trusted proxy', () => {
  const problems: { path: string; message: string }[] = [];
  parseProxies(['0.0.0.0/0', '10.0.0.1/33', 'x'], problems);
  expect(problems.map((problem) => problem.path)).toEqual([
    'trusted_proxies[0]',
    'trusted_proxies[1]',
    'trusted_proxies[2]',
  ]);
});
