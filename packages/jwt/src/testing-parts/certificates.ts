/**
 * Certificates for tests (RFC 5280): of an authority, and signed by it or by themselves, with given
 * names.
 */
import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';

export interface Certificate {
  /** PEM. */
  readonly cert: string;
  /** PEM. */
  readonly key: string;
  readonly der: Buffer;
  readonly publicKey: KeyObject;
}

export interface CertificateNames {
  /** From the root down: `[['C', 'DE'], ['O', 'Example'], ['CN', 'client.example']]`. */
  readonly subject: readonly (readonly [keyof typeof types, string])[];
  readonly dns?: readonly string[];
  readonly uris?: readonly string[];
  readonly emails?: readonly string[];
  readonly addresses?: readonly (readonly number[])[];
}

export interface Authority {
  readonly certificate: Certificate;
  issue(names: CertificateNames): Certificate;
}

const types = { CN: '550403', C: '550406', O: '55040a', OU: '55040b' } as const;

export function createAuthority(name: string): Authority {
  const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const own = { subject: [['CN', name]] } as const;
  return {
    certificate: make(own, pair, own, pair.privateKey, true),
    issue: (names) =>
      make(names, generateKeyPairSync('ec', { namedCurve: 'P-256' }), own, pair.privateKey, false),
  };
}

export function createSelfSigned(names: CertificateNames): Certificate {
  const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return make(names, pair, names, pair.privateKey, false);
}

/** base64url of SHA-256 over the DER: `x5t#S256`. */
export function thumbprintOf({ der: bytes }: Certificate): string {
  return createHash('sha256').update(bytes).digest('base64url');
}

interface Pair {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

let serial = 0;

function make(
  names: CertificateNames,
  { publicKey, privateKey }: Pair,
  issuer: CertificateNames,
  signer: KeyObject,
  isAuthority: boolean,
): Certificate {
  serial += 1;
  const body = sequence(
    der(0xa0, integer(2)),
    integer(serial),
    ecdsaWithSha256,
    nameOf(issuer),
    sequence(time('20200101000000Z'), time('20991231000000Z')),
    nameOf(names),
    publicKey.export({ type: 'spki', format: 'der' }),
    ...extensionsOf(names, isAuthority),
  );
  const bytes = sequence(
    body,
    ecdsaWithSha256,
    der(0x03, Buffer.of(0), sign('sha256', body, signer)),
  );
  return {
    cert: toPem(bytes),
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }),
    der: bytes,
    publicKey,
  };
}

function toPem(bytes: Buffer): string {
  const lines = bytes.toString('base64').replaceAll(/.{64}/g, '$&\n').trimEnd();
  return `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`;
}

function nameOf({ subject }: CertificateNames): Buffer {
  return sequence(
    ...subject.map(([type, text]) =>
      der(0x31, sequence(oid(types[type]), der(0x0c, Buffer.from(text)))),
    ),
  );
}

function extensionsOf(
  { dns = [], uris = [], emails = [], addresses = [] }: CertificateNames,
  isAuthority: boolean,
): readonly Buffer[] {
  const alternatives = [
    ...emails.map((text) => der(0x81, Buffer.from(text))),
    ...dns.map((text) => der(0x82, Buffer.from(text))),
    ...uris.map((text) => der(0x86, Buffer.from(text))),
    ...addresses.map((bytes) => der(0x87, Buffer.from(bytes))),
  ];
  const extensions = [
    ...(isAuthority ? [extension('551d13', sequence(der(0x01, Buffer.of(0xff))))] : []),
    ...(alternatives.length > 0 ? [extension('551d11', sequence(...alternatives))] : []),
  ];
  return extensions.length === 0 ? [] : [der(0xa3, sequence(...extensions))];
}

function extension(type: string, content: Buffer): Buffer {
  return sequence(oid(type), der(0x04, content));
}

function der(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const head = length < 128 ? [tag, length] : [tag, 0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from(head), content]);
}

function sequence(...parts: readonly Uint8Array[]): Buffer {
  return der(0x30, ...parts);
}

const integer = (value: number) =>
  der(0x02, Buffer.of(value >> 8, value & 0xff).subarray(value < 128 ? 1 : 0));
const oid = (hex: string) => der(0x06, Buffer.from(hex, 'hex'));
const time = (text: string) => der(0x18, Buffer.from(text));
/** 1.2.840.10045.4.3.2. */
const ecdsaWithSha256 = sequence(oid('2a8648ce3d040302'));
