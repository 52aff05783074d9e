/**
 * Distinguished names as text (RFC 4514), and the comparison with the subject of a certificate.
 * They are compared part by part, because one name can be written in many ways (RFC 8705 §2.1.2).
 * Values are compared by caseIgnoreMatch (RFC 4517 §4.2.11): without case, and several spaces are
 * equal to one.
 */
export interface Attribute {
  readonly oid: string;
  readonly text: string;
}

/** In the order of the certificate: from the root down. Each part is a set, usually of one. */
export type DistinguishedName = readonly (readonly Attribute[])[];

/**
 * RFC 4514 §3, and further types in certificates of organisations (RFC 4519; RFC 2985 §5.2.1; ETSI
 * EN 319 412-1 §5.1.4).
 */
const oids: Readonly<Record<string, string>> = {
  cn: '2.5.4.3',
  commonname: '2.5.4.3',
  sn: '2.5.4.4',
  surname: '2.5.4.4',
  serialnumber: '2.5.4.5',
  c: '2.5.4.6',
  l: '2.5.4.7',
  st: '2.5.4.8',
  s: '2.5.4.8',
  street: '2.5.4.9',
  o: '2.5.4.10',
  ou: '2.5.4.11',
  title: '2.5.4.12',
  businesscategory: '2.5.4.15',
  postalcode: '2.5.4.17',
  givenname: '2.5.4.42',
  gn: '2.5.4.42',
  organizationidentifier: '2.5.4.97',
  uid: '0.9.2342.19200300.100.1.1',
  dc: '0.9.2342.19200300.100.1.25',
  emailaddress: '1.2.840.113549.1.9.1',
  e: '1.2.840.113549.1.9.1',
  jurisdictionl: '1.3.6.1.4.1.311.60.2.1.1',
  jurisdictionst: '1.3.6.1.4.1.311.60.2.1.2',
  jurisdictionc: '1.3.6.1.4.1.311.60.2.1.3',
};

/**
 * RFC 4514 §2: written from the leaf up. Undefined if it is invalid, or contains an unknown type.
 */
export function parseDistinguishedName(text: string): DistinguishedName | undefined {
  const parts = splitUnescaped(text, ',').map((part) =>
    splitUnescaped(part, '+').map(parseAttribute),
  );
  const isWhole = parts.every((part) => part.every((attribute) => attribute !== undefined));
  return isWhole ? parts.reverse() : undefined;
}

function splitUnescaped(text: string, separator: string): readonly string[] {
  const parts: string[] = [];
  let from = 0;
  for (let at = 0; at < text.length; at += 1) {
    if (text[at] === '\\') at += 1;
    else if (text[at] === separator) {
      parts.push(text.slice(from, at));
      from = at + 1;
    }
  }
  return [...parts, text.slice(from)];
}

function parseAttribute(text: string): Attribute | undefined {
  const equals = text.indexOf('=');
  if (equals < 1) return undefined;
  const type = text.slice(0, equals).trim();
  const oid = /^\d+(?:\.\d+)+$/.test(type) ? type : oids[type.toLowerCase()];
  const value = unescapeValue(text.slice(equals + 1));
  return oid === undefined || value === undefined ? undefined : { oid, text: value };
}

/**
 * RFC 4514 §2.4: a character, or two hexadecimal digits of UTF-8, after a backslash. `#` with
 * hexadecimal BER is not supported.
 */
function unescapeValue(written: string): string | undefined {
  const value = trimUnescaped(written);
  if (value === '' || value.startsWith('#')) return undefined;
  const bytes: Buffer[] = [];
  for (const [piece] of value.matchAll(/\\[0-9A-Fa-f]{2}|\\.|[^\\]+|\\$/gsu)) {
    if (!piece.startsWith('\\')) bytes.push(Buffer.from(piece));
    else if (piece.length === 3 && /[0-9A-Fa-f]{2}$/.test(piece))
      bytes.push(Buffer.from(piece.slice(1), 'hex'));
    else if (/^\\[ "#+,;<=>\\]$/.test(piece)) bytes.push(Buffer.from(piece.slice(1)));
    else return undefined;
  }
  return Buffer.concat(bytes).toString('utf8');
}

/** Space around a value is not part of it, unless it is escaped. */
function trimUnescaped(written: string): string {
  const start = written.trimStart();
  const end = start.trimEnd();
  // Counted in a loop, because a pattern would start again at each of many backslashes.
  let escapes = 0;
  while (end.at(-1 - escapes) === '\\') escapes += 1;
  return end.length < start.length && escapes % 2 === 1 ? `${end} ` : end;
}

/** Whether a registered name, as text, is the subject of a certificate. */
export function matchesSubject(
  subject: DistinguishedName | undefined,
  registered: string,
): boolean {
  const wanted = parseDistinguishedName(registered);
  if (subject === undefined || wanted === undefined || subject.length !== wanted.length)
    return false;
  return subject.every((part, index) => isSamePart(part, wanted[index] ?? []));
}

function isSamePart(one: readonly Attribute[], other: readonly Attribute[]): boolean {
  const keysOf = (part: readonly Attribute[]) =>
    part.map(({ oid, text }) => `${oid}=${prepare(text)}`).toSorted();
  const [left, right] = [keysOf(one), keysOf(other)];
  return left.length === right.length && left.every((key, index) => key === right[index]);
}

/** RFC 4518 §2, the parts that matter for names of organisations and hosts. */
function prepare(text: string): string {
  return text.normalize('NFKC').trim().replaceAll(/\s+/g, ' ').toLowerCase();
}
