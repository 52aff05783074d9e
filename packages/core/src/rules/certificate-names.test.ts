import { describe, expect, it } from 'vitest';
import { createAuthority } from '../../../jwt/src/testing-parts/certificates.ts';
import { readCertificateNames } from './certificate-names.ts';
import { readDer, readOid, readText } from './der.ts';
import { sameAddress } from './ip-address.ts';

const { der } = createAuthority('CA').issue({
  subject: [
    ['O', 'Nordwind'],
    ['CN', 'meter.example'],
  ],
  dns: ['a.example', 'b.example'],
  uris: ['urn:a'],
  emails: ['ops@a.example'],
  addresses: [[192, 0, 2, 1]],
});

describe('the names in a certificate (RFC 5280 §4.1.2.6, §4.2.1.6)', () => {
  it('are parsed by their type', () => {
    expect(readCertificateNames(der)).toEqual({
      subject: [
        [{ oid: '2.5.4.10', text: 'Nordwind' }],
        [{ oid: '2.5.4.3', text: 'meter.example' }],
      ],
      dns: ['a.example', 'b.example'],
      uris: ['urn:a'],
      emails: ['ops@a.example'],
      addresses: [Buffer.of(192, 0, 2, 1)],
    });
  });

  it('of a certificate that is cut or has a changed byte are parsed without an exception', () => {
    for (let length = 0; length < der.length; length += 1)
      expect(readCertificateNames(der.subarray(0, length))).toBeUndefined();
    for (let at = 0; at < der.length; at += 1) {
      const changed = Buffer.from(der);
      changed[at] = (changed[at] ?? 0) ^ 0xff;
      expect(() => readCertificateNames(changed)).not.toThrow();
    }
  });

  it('are none when the certificate ends before its subject or has no name there', () => {
    for (const bytes of [
      Buffer.of(0x30, 2, 0x30, 0),
      Buffer.of(0x30, 12, 0x30, 10, 2, 0, 2, 0, 2, 0, 2, 0, 2, 0),
    ])
      expect(readCertificateNames(bytes)).toBeUndefined();
  });

  it('have no subject where a part of it has an ambiguous string type', () => {
    const changed = Buffer.from(der);
    // The subject stands last. T61String in place of the type of its text.
    changed[changed.lastIndexOf('Nordwind') - 2] = 0x14;
    expect(readCertificateNames(changed)).toMatchObject({
      subject: undefined,
      dns: ['a.example', 'b.example'],
    });
  });

  it('are none when bytes follow the certificate', () => {
    expect(readCertificateNames(Buffer.concat([der, Buffer.of(0x05, 0)]))).toBeUndefined();
  });
});

describe('the DER parser', () => {
  it.each([
    [Buffer.of(0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d), '1.2.840.113549'],
    [Buffer.of(0x55, 0x04, 0x03), '2.5.4.3'],
    [Buffer.of(0x88, 0x37, 0x03), '2.999.3'],
    [Buffer.of(0x2a, 0x81, 0x80, 0x00), '1.2.16384'],
    [Buffer.of(0x55, 0x84), undefined],
    [Buffer.of(), undefined],
  ])('parses an object identifier (X.690 §8.19)', (content, oid) => {
    expect(readOid(content)).toBe(oid);
  });

  it.each([
    [Buffer.of(0x30, 0x80, 0, 0)],
    [Buffer.of(0x30, 5, 0)],
    [Buffer.of(0x1f, 1, 0)],
    [Buffer.of(0x30)],
  ])('accepts only definite lengths and low tags (X.690 §10.1)', (bytes) => {
    expect(readDer(bytes)).toBeUndefined();
  });

  it('parses texts of unambiguous string types', () => {
    expect(readText({ tag: 0x1e, content: Buffer.of(0x01, 0x0d, 0, 0x61) })).toBe('\u010da');
    expect(readText({ tag: 0x14, content: Buffer.from('T.61') })).toBeUndefined();
  });
});

describe('an IP address in a certificate', () => {
  const loopback = [...Array<number>(15).fill(0), 1];

  it.each([
    [[192, 0, 2, 1], '192.0.2.1', true],
    [[192, 0, 2, 1], '192.0.2.2', false],
    [loopback, '::1', true],
    [loopback, '0:0:0:0:0:0:0:1', true],
    [loopback, '::2', false],
    [[192, 0, 2, 1], '192.0.2.0/24', false],
    [[192, 0, 2], '192.0.2', false],
  ])('of the bytes %s is %s: %s', (bytes, written, is) => {
    expect(sameAddress(Uint8Array.from(bytes), written)).toBe(is);
  });
});
