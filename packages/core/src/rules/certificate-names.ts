/**
 * Parses the names in a certificate (RFC 5280 §4.1.2.6, §4.2.1.6). The caller checks the chain of
 * the certificate before it trusts them.
 */
import { type DerValue, derTags, readDer, readOid, readText } from './der.ts';
import type { Attribute, DistinguishedName } from './distinguished-name.ts';

export interface CertificateNames {
  /** Undefined if a part of it cannot be parsed. Then it equals no name. */
  readonly subject: DistinguishedName | undefined;
  readonly dns: readonly string[];
  readonly uris: readonly string[];
  readonly emails: readonly string[];
  /** 4 or 16 bytes each. */
  readonly addresses: readonly Buffer[];
}

/** Undefined if it is not a certificate. */
export function readCertificateNames(der: Uint8Array): CertificateNames | undefined {
  const [certificate, ...rest] = readDer(Buffer.from(der)) ?? [];
  if (certificate?.tag !== derTags.sequence || rest.length > 0) return undefined;
  const [body] = readDer(certificate.content) ?? [];
  const fields = body?.tag === derTags.sequence ? readDer(body.content) : undefined;
  if (fields === undefined) return undefined;
  // RFC 5280 §4.1: the version is first if it is not 1. Then serial number, algorithm, issuer,
  // validity, subject.
  const subject = fields[fields[0]?.tag === 0xa0 ? 5 : 4];
  if (subject?.tag !== derTags.sequence) return undefined;
  return {
    subject: readName(subject),
    ...readAlternatives(fields.find(({ tag }) => tag === 0xa3)),
  };
}

function readName({ content }: DerValue): DistinguishedName | undefined {
  const parts = readDer(content)?.map(({ content: set }) => readDer(set)?.map(readAttribute));
  if (parts === undefined) return undefined;
  const isWhole = parts.every(
    (part) => part?.every((attribute) => attribute !== undefined) === true,
  );
  return isWhole ? (parts as DistinguishedName) : undefined;
}

function readAttribute({ content }: DerValue): Attribute | undefined {
  const [type, value, ...rest] = readDer(content) ?? [];
  if (type?.tag !== derTags.oid || value === undefined || rest.length > 0) return undefined;
  const oid = readOid(type.content);
  const text = readText(value);
  return oid === undefined || text === undefined ? undefined : { oid, text };
}

/** 2.5.29.17 */
const alternativeNames = '2.5.29.17';

function readAlternatives(extensions: DerValue | undefined) {
  const found = findAlternatives(extensions);
  const ofTag = (tag: number) =>
    found.filter((name) => name.tag === tag).map(({ content }) => content);
  const texts = (tag: number) => ofTag(tag).map((content) => content.toString('latin1'));
  // RFC 5280 §4.2.1.6: rfc822Name [1], dNSName [2], uniformResourceIdentifier [6], iPAddress [7].
  return { emails: texts(0x81), dns: texts(0x82), uris: texts(0x86), addresses: ofTag(0x87) };
}

function findAlternatives(extensions: DerValue | undefined): readonly DerValue[] {
  const [list] = (extensions && readDer(extensions.content)) ?? [];
  for (const { content } of (list && readDer(list.content)) ?? []) {
    const parts = readDer(content) ?? [];
    const [type] = parts;
    const value = parts.at(-1);
    if (type?.tag !== derTags.oid || readOid(type.content) !== alternativeNames) continue;
    const [names] = (value?.tag === derTags.octets && readDer(value.content)) || [];
    return (names && readDer(names.content)) ?? [];
  }
  return [];
}
