/**
 * The two encodings of a P-256 signature: DER for OpenSSL, and r || s for JWS (RFC 7518 §3.4). The
 * conversion is done here, because it doubles the cost of a signature in some versions of Node.
 */
const coordinateLength = 32;
const signatureLength = 2 * coordinateLength;
const derInteger = 0x02;
const derSequence = 0x30;

/** Does not check its input, which our own OpenSSL has just made. */
export function derToRaw(der: Buffer): Buffer {
  const raw = Buffer.alloc(signatureLength);
  const rLength = der[3] ?? 0;
  const sStart = 4 + rLength;
  copyInteger(der, 4, rLength, raw, 0);
  copyInteger(der, sStart + 2, der[sStart + 1] ?? 0, raw, coordinateLength);
  return raw;
}

function copyInteger(der: Buffer, start: number, length: number, raw: Buffer, at: number): void {
  // A leading zero byte only keeps the integer of DER positive.
  const surplus = Math.max(0, length - coordinateLength);
  const size = length - surplus;
  der.copy(raw, at + coordinateLength - size, start + surplus, start + length);
}

/** Undefined for another length, and for r = 0 or s = 0 (the class of CVE-2022-21449). */
export function rawToDer(raw: Uint8Array): Buffer | undefined {
  if (raw.length !== signatureLength) return undefined;
  const rStart = firstNonZero(raw, 0);
  const sStart = firstNonZero(raw, coordinateLength);
  if (rStart === coordinateLength || sStart === signatureLength) return undefined;
  const rLength = integerLength(raw, rStart, coordinateLength);
  const sLength = integerLength(raw, sStart, signatureLength);
  const der = Buffer.allocUnsafe(6 + rLength + sLength);
  der[0] = derSequence;
  der[1] = 4 + rLength + sLength;
  writeInteger(der, 2, rLength, raw, rStart, coordinateLength);
  writeInteger(der, 4 + rLength, sLength, raw, sStart, signatureLength);
  return der;
}

function firstNonZero(raw: Uint8Array, start: number): number {
  const end = start + coordinateLength;
  let at = start;
  while (at < end && raw[at] === 0) at += 1;
  return at;
}

function integerLength(raw: Uint8Array, start: number, end: number): number {
  return end - start + ((raw[start] ?? 0) >= 0x80 ? 1 : 0);
}

function writeInteger(
  der: Buffer,
  at: number,
  length: number,
  raw: Uint8Array,
  start: number,
  end: number,
): void {
  der[at] = derInteger;
  der[at + 1] = length;
  // Keeps an integer positive whose first bit is set. Otherwise the integer overwrites it.
  der[at + 2] = 0;
  der.set(raw.subarray(start, end), at + 2 + length - (end - start));
}
