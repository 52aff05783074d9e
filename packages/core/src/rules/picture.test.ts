import { describe, expect, it } from 'vitest';
import { readPicture } from './picture.ts';
import { pictures } from './testing-parts/pictures.ts';

const svg = '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>';
const page = '<!doctype html><script>alert(1)</script>';

describe('a picture', () => {
  it.each([
    ['png', 'image/png'],
    ['jpeg', 'image/jpeg'],
    ['webp', 'image/webp'],
    ['lossless', 'image/webp'],
    ['extended', 'image/webp'],
  ] as const)('of the format %s is known by its bytes, with its size', (name, type) => {
    expect(readPicture(pictures[name])).toEqual({ type, width: 24, height: 16 });
  });

  it.each(['png', 'jpeg', 'webp', 'lossless', 'extended'] as const)(
    'of the format %s is refused when a page or an archive follows it, and when its end is missing',
    (name) => {
      const file = pictures[name];
      expect(readPicture(Buffer.concat([file, Buffer.from(page)]))).toBeUndefined();
      expect(readPicture(Buffer.concat([file, Buffer.from('PK\x05\x06')]))).toBeUndefined();
      for (let length = 0; length < file.length; length += 1)
        expect(readPicture(file.subarray(0, length))).toBeUndefined();
    },
  );

  it.each([
    ['SVG', svg],
    ['SVG with a declaration', `<?xml version="1.0"?>${svg}`],
    ['a page', page],
    ['a page that begins like a GIF', `GIF89a/*${page}*/`],
    ['a page with the signature of PNG', `\x89PNG\r\n\x1a\n${page.repeat(3)}`],
    ['a page with the signature of JPEG', `\xff\xd8\xff\xe0${page.repeat(3)}\xff\xd9`],
    ['a page with the signature of WebP', `RIFF\x8c\0\0\0WEBPVP8 ${page.repeat(3)}`],
    ['nothing', ''],
  ])('is not %s', (_, text) => {
    expect(readPicture(Buffer.from(text, 'latin1'))).toBeUndefined();
  });

  it('does not move', () => {
    const [head, rest] = [pictures.png.subarray(0, 33), pictures.png.subarray(33)];
    const control = Buffer.from('\0\0\0\x08acTL\0\0\0\x02\0\0\0\0\0\0\0\0', 'latin1');
    expect(readPicture(Buffer.concat([head, control, rest]))).toBeUndefined();
  });
});
