/**
 * Parses DER (X.690 §8, §10), only the parts that names in certificates need. Nothing is copied.
 * Anything invalid is undefined.
 */
export interface DerValue {
  /** With class and form, as one byte. Certificates have no tags above 30. */
  readonly tag: number;
  readonly content: Buffer;
}

export const derTags = {
  integer: 0x02,
  oid: 0x06,
  octets: 0x04,
  sequence: 0x30,
  set: 0x31,
} as const;

/** Returns the values that follow each other. Undefined for other bytes. */
export function readDer(bytes: Buffer): readonly DerValue[] | undefined {
  const values: DerValue[] = [];
  let at = 0;
  while (at < bytes.length) {
    const tag = bytes[at] as number;
    const size = readLength(bytes, at + 1);
    if (size === undefined || (tag & 0x1f) === 0x1f) return undefined;
    const end = size.contentAt + size.length;
    if (end > bytes.length) return undefined;
    values.push({ tag, content: bytes.subarray(size.contentAt, end) });
    at = end;
  }
  return values;
}

/** X.690 §10.1: the definite form, with the smallest number of bytes. */
function readLength(bytes: Buffer, at: number) {
  const first = bytes[at];
  if (first === undefined) return undefined;
  if (first < 0x80) return { length: first, contentAt: at + 1 };
  const count = first & 0x7f;
  if (count === 0 || count > 4 || at + 1 + count > bytes.length) return undefined;
  return { length: bytes.readUIntBE(at + 1, count), contentAt: at + 1 + count };
}

/** `2.5.4.3` (X.690 §8.19). */
export function readOid(content: Buffer): string | undefined {
  const arcs: number[] = [];
  let arc = 0;
  for (const byte of content) {
    arc = arc * 128 + (byte & 0x7f);
    if (arc > Number.MAX_SAFE_INTEGER) return undefined;
    if (byte >= 0x80) continue;
    arcs.push(arc);
    arc = 0;
  }
  const [head, ...rest] = arcs;
  if (head === undefined || (content.at(-1) ?? 0x80) >= 0x80) return undefined;
  const root = Math.min(2, Math.floor(head / 40));
  return [root, head - root * 40, ...rest].join('.');
}

const encodings: Readonly<Record<number, (content: Buffer) => string | undefined>> = {
  // UTF8String, NumericString, PrintableString, IA5String.
  0x0c: (content) => content.toString('utf8'),
  0x12: (content) => content.toString('latin1'),
  0x13: (content) => content.toString('latin1'),
  0x16: (content) => content.toString('latin1'),
  // BMPString.
  0x1e: (content) =>
    content.length % 2 === 0 ? Buffer.from(content).swap16().toString('utf16le') : undefined,
};

/**
 * Returns the text of a string type. Undefined for types without an agreed meaning (T.61), and for
 * other values.
 */
export function readText({ tag, content }: DerValue): string | undefined {
  return encodings[tag]?.(content);
}
