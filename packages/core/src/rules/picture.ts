/**
 * Whether a file is a picture, by its bytes: PNG (ISO/IEC 15948), JPEG (ITU-T T.81) or WebP (RFC
 * 9649), from its first byte to its last. Nothing is decoded. Never SVG, which is a document.
 *
 * A file that continues after the picture is refused, so that no file is a picture and something
 * else (an archive, a page). Text inside the picture is not looked for: the content type is fixed,
 * and browsers must not guess another one.
 */

/** The formats of pictures. */
export type PictureType = 'image/png' | 'image/jpeg' | 'image/webp';

/** What `readPicture` found out about a file. */
export interface Picture {
  readonly type: PictureType;
  /** In pixels. */
  readonly width: number;
  readonly height: number;
}

/**
 * The format and the size of a picture. Undefined if it is no such picture, if it moves, or if
 * something follows it. Not checked: the data of its pixels, and how large it is.
 */
export function readPicture(bytes: Uint8Array): Picture | undefined {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const picture = readPng(file) ?? readJpeg(file) ?? readWebp(file);
  return picture !== undefined && picture.width > 0 && picture.height > 0 ? picture : undefined;
}

const pngSignature = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');

function readPng(file: Buffer): Picture | undefined {
  if (file.length < 45 || !file.subarray(0, 8).equals(pngSignature)) return undefined;
  if (file.readUInt32BE(8) !== 13 || nameAt(file, 12) !== 'IHDR') return undefined;
  for (let at = 8; at + 12 <= file.length; ) {
    const name = nameAt(file, at + 4);
    if (name === 'acTL') return undefined;
    at += 12 + file.readUInt32BE(at);
    if (name !== 'IEND') continue;
    if (at !== file.length) return undefined;
    return { type: 'image/png', width: file.readUInt32BE(16), height: file.readUInt32BE(20) };
  }
  return undefined;
}

/** Segments from the start of the image to its scans. The last two bytes are the end of it. */
function readJpeg(file: Buffer): Picture | undefined {
  if (file.length < 20 || file.readUInt16BE(0) !== 0xffd8) return undefined;
  if (file.indexOf('\xff\xd9', findScan(file), 'latin1') !== file.length - 2) return undefined;
  for (let at = 2; at + 9 < file.length; at += 2 + file.readUInt16BE(at + 2)) {
    if (file[at] !== 0xff) return undefined;
    if (!isFrame(file[at + 1])) continue;
    const [height, width] = [file.readUInt16BE(at + 5), file.readUInt16BE(at + 7)];
    return { type: 'image/jpeg', width, height };
  }
  return undefined;
}

/** Where the first scan begins. Segments before it may contain a small picture of their own. */
function findScan(file: Buffer): number {
  let at = 2;
  while (at + 4 <= file.length && file[at] === 0xff && file[at + 1] !== 0xda)
    at += 2 + file.readUInt16BE(at + 2);
  return at;
}

/** T.81 table B.1: the start of a frame, of any kind. */
function isFrame(marker = 0): boolean {
  return marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
}

function readWebp(file: Buffer): Picture | undefined {
  if (file.length < 30 || nameAt(file, 0) !== 'RIFF' || nameAt(file, 8) !== 'WEBP')
    return undefined;
  if (file.readUInt32LE(4) + 8 !== file.length) return undefined;
  const size = webpSize(file);
  return size && { type: 'image/webp', width: size[0], height: size[1] };
}

/** RFC 9649 §2.5 to §2.7. */
function webpSize(file: Buffer): readonly [width: number, height: number] | undefined {
  switch (nameAt(file, 12)) {
    case 'VP8 ':
      return [file.readUInt16LE(26) & 0x3fff, file.readUInt16LE(28) & 0x3fff];
    case 'VP8L': {
      const bits = file.readUInt32LE(21);
      return [(bits & 0x3fff) + 1, ((bits >> 14) & 0x3fff) + 1];
    }
    case 'VP8X': {
      const isAnimated = (file.readUInt8(20) & 0b10) !== 0;
      return isAnimated ? undefined : [file.readUIntLE(24, 3) + 1, file.readUIntLE(27, 3) + 1];
    }
    default:
      return undefined;
  }
}

function nameAt(file: Buffer, at: number): string {
  return file.toString('latin1', at, at + 4);
}
