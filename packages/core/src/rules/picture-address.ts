/** Pictures in `data` addresses (RFC 2397). */
import { type Picture, readPicture } from './picture.ts';

const pattern = /^data:(image\/(?:png|jpeg|webp));base64,([A-Za-z0-9+/]+={0,2})$/;

/**
 * The picture, and the length of its file. Undefined if it is no picture, or if the address says
 * another type than the bytes.
 */
export function readPictureAddress(
  address: string,
): (Picture & { readonly length: number }) | undefined {
  const [, type, data = ''] = pattern.exec(address) ?? [];
  if (type === undefined) return undefined;
  const bytes = Buffer.from(data, 'base64');
  // Otherwise two texts would be the same picture.
  if (bytes.toString('base64') !== data) return undefined;
  const picture = readPicture(bytes);
  return picture?.type === type ? { ...picture, length: bytes.length } : undefined;
}

/** The `data` address of a picture. */
export function toPictureAddress({ type }: Pick<Picture, 'type'>, bytes: Uint8Array): string {
  return `data:${type};base64,${Buffer.from(bytes).toString('base64')}`;
}
