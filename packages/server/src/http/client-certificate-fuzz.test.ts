/**
 * Client-Cert headers by chance (RFC 9440, escaped PEM): whatever a proxy is made to pass on, there
 * are bytes, or nothing; never an error.
 */
import type { TLSSocket } from 'node:tls';
import { createNetworks } from '@keywright/jwt';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createAuthority } from '../../../jwt/src/testing-parts/certificates.ts';
import { growthOf } from '../../../jwt/src/testing-parts/growth.ts';
import { isLong, scale, seed } from '../../../jwt/src/testing-parts/series.ts';
import { createCertificates } from './client-certificate.ts';

const certificate = createAuthority('CA').issue({ subject: [['CN', 'meter.example']] });
const trustedProxies = createNetworks(['10.0.0.0/8']);
const socket = { remoteAddress: '10.0.0.1' } as TLSSocket;
const numRuns = Math.ceil(5000 * scale);
const good = {
  rfc9440: `:${certificate.der.toString('base64')}:`,
  'escaped-pem': encodeURIComponent(certificate.cert),
} as const;

/**
 * Both edges and the middle of what is good, with something else between: also so much of it that a
 * slow pattern shows.
 */
const between = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.constantFrom(
    '%',
    '%00',
    '%ed%a0%80',
    '::',
    '\0',
    '\r\n',
    '-----END CERTIFICATE-----',
    ' '.repeat(50_000),
    '='.repeat(50_000),
    'A'.repeat(50_000),
    '%0A'.repeat(20_000),
  ),
);
const changed = (text: string) =>
  fc
    .tuple(fc.nat({ max: text.length }), between, fc.nat({ max: text.length }))
    .map(([from, put, to]) => text.slice(0, from) + put + text.slice(to));

describe.each(Object.entries(good) as ['rfc9440' | 'escaped-pem', string][])(
  'the certificate of a client in the form %s',
  (encoding, text) => {
    const find = createCertificates({
      tls: undefined,
      header: { name: 'client-cert', encoding, isVerified: true },
      trustedProxies,
    });
    const read = (value: string) => find?.({ socket, rawHeaders: ['Client-Cert', value] });

    test('is read when it is valid', () => expect(read(text)?.raw).toEqual(certificate.der));

    test(`is bytes or absent after ${numRuns} random changes: TESTS_SEED=${seed}`, () => {
      const property = fc.property(changed(text), (value) => {
        const found = read(value);
        return found === undefined || found.raw.length > 0;
      });
      fc.assert(property, { seed, numRuns });
    });

    test.runIf(isLong).each([' ', '=', 'A', '%0A', '%', ':'])(
      'with many of %j is parsed in linear time',
      (part) => {
        const middle = text.length >> 1;
        const make = (times: number) =>
          text.slice(0, middle) + part.repeat(times) + text.slice(middle);
        expect(growthOf(make, read, 2500)).toBeLessThan(200);
      },
    );
  },
);
