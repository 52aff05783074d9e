import type { TLSSocket } from 'node:tls';
import { createNetworks } from '@keywright/jwt';
import { describe, expect, test } from 'vitest';
import { createAuthority } from '../../../jwt/src/testing-parts/certificates.ts';
import { type CertificateSources, createCertificates } from './client-certificate.ts';

const certificate = createAuthority('CA').issue({ subject: [['CN', 'meter.example']] });
const proxys = createAuthority('CA').issue({ subject: [['CN', 'proxy.example']] });
const rfc9440 = `:${certificate.der.toString('base64')}:`;
const header = { name: 'client-cert', encoding: 'rfc9440', isVerified: true } as const;
const trustedProxies = createNetworks(['10.0.0.0/8']);

interface Came {
  readonly from?: string;
  readonly headers?: readonly string[];
  readonly shown?: Buffer;
  readonly authorized?: boolean;
}

function find(sources: Partial<CertificateSources>, came: Came) {
  const { from = '10.0.0.1', headers = [], shown, authorized = true } = came;
  const socket = {
    remoteAddress: from,
    authorized,
    getPeerX509Certificate: () => (shown === undefined ? undefined : { raw: shown }),
  } as unknown as TLSSocket;
  const whole = { tls: undefined, header: undefined, trustedProxies, ...sources };
  return createCertificates(whole)?.({ socket, rawHeaders: [...headers] });
}

test('no certificate is read where none can come from', () => {
  expect(createCertificates({ tls: undefined, header: undefined, trustedProxies })).toBeUndefined();
});

describe('the certificate in a header of a proxy', () => {
  test('is parsed as in RFC 9440, with the header name in any case', () => {
    const found = find({ header }, { headers: ['Host', 'a', 'Client-Cert', rfc9440] });
    expect(found).toEqual({ raw: certificate.der, isVerified: true });
  });

  test('is parsed as percent-encoded PEM, with another header name', () => {
    const own = { name: 'x-ssl-cert', encoding: 'escaped-pem', isVerified: false } as const;
    const headers = ['X-SSL-Cert', encodeURIComponent(certificate.cert)];
    expect(find({ header: own }, { headers })).toEqual({ raw: certificate.der, isVerified: false });
  });

  test.each([
    ['from anybody else (RFC 9440 §4)', { from: '192.0.2.1', headers: ['client-cert', rfc9440] }],
    ['that came twice', { headers: ['client-cert', rfc9440, 'Client-Cert', rfc9440] }],
    ['that holds two', { headers: ['client-cert', `${rfc9440}, ${rfc9440}`] }],
    ['that is no byte sequence', { headers: ['client-cert', certificate.der.toString('base64')] }],
    ['that is empty', { headers: ['client-cert', ''] }],
    ['that holds no whole byte', { headers: ['client-cert', ':A:'] }],
    ['of another name', { headers: ['x-client-cert', rfc9440] }],
  ])('is not accepted %s', (_name, came: Came) => {
    expect(find({ header }, came)).toBeUndefined();
  });

  test.each(['%zz', encodeURIComponent('-----BEGIN CERTIFICATE-----\nno end'), ''])(
    'is not PEM: %s',
    (value) => {
      const own = { name: 'x-ssl-cert', encoding: 'escaped-pem', isVerified: false } as const;
      expect(find({ header: own }, { headers: ['x-ssl-cert', value] })).toBeUndefined();
    },
  );

  test('counts for the client, and the proxy’s own certificate does not', () => {
    const tls = { asksClients: true, clientCaFile: 'ca.pem' };
    const shown = proxys.der;
    expect(find({ tls, header }, { shown, headers: ['client-cert', rfc9440] })?.raw).toEqual(
      certificate.der,
    );
    expect(find({ tls, header }, { shown })).toBeUndefined();
    expect(find({ tls }, { shown })).toBeUndefined();
  });
});

describe('the certificate of a connection', () => {
  const from = '192.0.2.1';
  const shown = certificate.der;

  test('is verified only by an authority of the configuration', () => {
    const verified = (clientCaFile: string | undefined, authorized: boolean) =>
      find({ tls: { asksClients: true, clientCaFile } }, { from, shown, authorized })?.isVerified;
    expect([
      verified('ca.pem', true),
      verified('ca.pem', false),
      verified(undefined, true),
    ]).toEqual([true, false, false]);
  });

  test('is absent where the client sent none, or the server asks for none', () => {
    expect(find({ tls: { asksClients: true, clientCaFile: undefined } }, { from })).toBeUndefined();
    expect(
      find({ tls: { asksClients: false, clientCaFile: undefined }, header }, { from, shown }),
    ).toBeUndefined();
  });
});
