/** Reads the pictures of the brand. A file that is no picture stops the start. */
import { open } from 'node:fs/promises';
import { type ConfigProblem, type Picture, readPicture } from '@keywright/core';
import { describeFileFault } from '../file-fault.ts';
import type { Accent } from '../pages/accent.ts';
import { brand as schema } from './schema/brand.ts';

export interface PictureFile extends Picture {
  readonly body: Uint8Array;
}

export interface Brand {
  readonly logo?: PictureFile | undefined;
  readonly logoDark?: PictureFile | undefined;
  readonly favicon?: PictureFile | undefined;
  readonly accent?: Accent | undefined;
}

const mostBytes = 256 * 1024;
const [leastPixels, mostPixels] = [16, 2000];

/**
 * `resolve` makes a path absolute. Pushes every problem. A brand of a wrong form counts as none,
 * because the schema reports it.
 */
export async function readBrand(
  declared: unknown,
  resolve: (place: string, value: string) => string,
  problems: ConfigProblem[],
): Promise<Brand> {
  const { data } = schema.safeParse(declared);
  if (data === undefined) return {};
  const read = async (name: 'logo' | 'logo_dark' | 'favicon') => {
    const file = data[name];
    if (file === undefined) return undefined;
    const place = `brand.${name}`;
    const found = await readPictureFile(resolve(place, file));
    if (typeof found !== 'string') return found;
    problems.push({ path: place, message: found });
    return undefined;
  };
  const { logo, logo_dark: dark, accent: light, accent_dark: lightened } = data;
  if (dark !== undefined && logo === undefined)
    problems.push({ path: 'brand.logo_dark', message: 'needs brand.logo' });
  if (lightened !== undefined && light === undefined)
    problems.push({ path: 'brand.accent_dark', message: 'needs brand.accent' });
  return {
    logo: await read('logo'),
    logoDark: await read('logo_dark'),
    favicon: await read('favicon'),
    accent: light && { light, dark: lightened },
  };
}

/** The picture, or what is wrong with the file. */
async function readPictureFile(file: string): Promise<PictureFile | string> {
  let body: Buffer | undefined;
  try {
    body = await readSmall(file);
  } catch (error) {
    return describeFileFault(error, 'read');
  }
  if (body === undefined) return `must have at most ${mostBytes / 1024} KB`;
  const picture = readPicture(body);
  if (picture === undefined)
    return 'must be a PNG, JPEG or WebP picture that does not move, with nothing after it. SVG is not possible';
  const { width, height } = picture;
  if (Math.min(width, height) < leastPixels || Math.max(width, height) > mostPixels)
    return `has ${width} by ${height} pixels, but must have ${leastPixels} to ${mostPixels}`;
  return { ...picture, body };
}

/** Undefined if the file is larger than allowed. */
async function readSmall(file: string): Promise<Buffer | undefined> {
  const handle = await open(file);
  try {
    const buffer = Buffer.alloc(mostBytes + 1);
    let length = 0;
    for (let read = 1; read > 0 && length < buffer.length; length += read)
      read = (await handle.read(buffer, length, buffer.length - length)).bytesRead;
    return length > mostBytes ? undefined : buffer.subarray(0, length);
  } finally {
    await handle.close();
  }
}
