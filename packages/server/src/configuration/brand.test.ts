import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { ConfigError } from '@keywright/core';
import { afterAll, describe, expect, it } from 'vitest';
import { pictures } from '../../../core/src/rules/testing-parts/pictures.ts';
import { loadConfiguration } from './configuration.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'keywright-brand-'));
afterAll(() => rmSync(folder, { recursive: true }));

function load(
  brand: unknown,
  files: Readonly<Record<string, Uint8Array | string>> = {},
  rest: object = {},
) {
  for (const [name, content] of Object.entries(files))
    writeFileSync(path.join(folder, name), content);
  const file = path.join(folder, 'keywright.json');
  const least = { issuer: 'https://login.example', sealing_key_file: 'sealing.key' };
  writeFileSync(file, JSON.stringify({ ...least, ...rest, brand }));
  const random = { bytes: (length: number) => new Uint8Array(length).fill(7) };
  return loadConfiguration({ file, env: {}, now: 1000, random });
}

const problemsOf = (...args: Parameters<typeof load>) =>
  load(...args).then(
    () => [],
    (error: ConfigError) => error.problems.map((problem) => `${problem.path} ${problem.message}`),
  );

/** A picture of another size: only its header counts. */
function pngOf(width: number, height: number): Buffer {
  const file = Buffer.from(pictures.png);
  file.writeUInt32BE(width, 16);
  file.writeUInt32BE(height, 20);
  return file;
}

describe('the brand of the server', () => {
  it('has pictures, known by their bytes and not by their names, and colours', async () => {
    const declared = {
      logo: 'logo.txt',
      logo_dark: 'dark.webp',
      favicon: 'icon.jpg',
      accent: '#635BFF',
      accent_dark: '#a5a0ff',
    };
    const { brand } = await load(declared, {
      'logo.txt': pictures.png,
      'dark.webp': pictures.webp,
      'icon.jpg': pictures.jpeg,
    });
    expect(brand).toMatchObject({
      logo: { type: 'image/png', width: 24, height: 16, body: pictures.png },
      logoDark: { type: 'image/webp' },
      favicon: { type: 'image/jpeg' },
      accent: { light: '#635bff', dark: '#a5a0ff' },
    });
  });

  it.each([
    ['SVG', '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'],
    ['a page', '<!doctype html><script>alert(1)</script>'],
    ['a page after a picture', Buffer.concat([pictures.png, Buffer.from('<script>x</script>')])],
    ['an archive after a picture', Buffer.concat([pictures.jpeg, Buffer.from('PK\x05\x06')])],
    ['half a picture', pictures.png.subarray(0, 60)],
    ['an empty file', ''],
  ])('stops the start with a logo that is %s', async (_, content) => {
    expect(await problemsOf({ logo: 'logo.png' }, { 'logo.png': content })).toEqual([
      'brand.logo must be a PNG, JPEG or WebP picture that does not move, with nothing after it. SVG is not possible',
    ]);
  });

  it('stops the start with pictures that are too large, too small, missing, or folders', async () => {
    mkdirSync(path.join(folder, 'folder'), { recursive: true });
    const large = Buffer.concat([pictures.png, Buffer.alloc(256 * 1024)]);
    expect(
      await problemsOf(
        { logo: 'large.png', logo_dark: 'none.png', favicon: 'folder' },
        { 'large.png': large },
      ),
    ).toEqual([
      'brand.logo must have at most 256 KB',
      'brand.logo_dark cannot be read (ENOENT): the file or folder does not exist',
      'brand.favicon cannot be read (EISDIR): it is a folder',
    ]);
    expect(
      await problemsOf(
        { logo: 'wide.png', favicon: 'tiny.png' },
        { 'wide.png': pngOf(2001, 16), 'tiny.png': pngOf(15, 15) },
      ),
    ).toEqual([
      'brand.logo has 2001 by 16 pixels, but must have 16 to 2000',
      'brand.favicon has 15 by 15 pixels, but must have 16 to 2000',
    ]);
  });

  it('stops the start with what is only for dark pages', async () => {
    expect(
      await problemsOf({ logo_dark: 'd.png', accent_dark: '#ffffff' }, { 'd.png': pictures.png }),
    ).toEqual(['brand.logo_dark needs brand.logo', 'brand.accent_dark needs brand.accent']);
  });

  it.each([
    'red',
    '#fff',
    '#0d5c4a;}',
    '#0d5c4aff',
    '}body{display:none',
    'url(https://x.example)',
    '',
  ])('stops the start with the colour %j', async (accent) => {
    expect(await problemsOf({ accent })).toEqual([
      'brand.accent must be a colour such as `#0d5c4a`',
    ]);
  });
});

describe('the brand of a client in the file', () => {
  const client = {
    client_id: 'portal',
    kind: 'browser',
    trust: 'first-party',
    client_name: 'Portal',
    redirect_uris: ['https://portal.example/cb'],
    brand_name: 'Sunrise Portal',
  };
  const loadClient = (changes: object, files = {}) =>
    load(undefined, files, { clients: [{ ...client, ...changes }] });

  it('has a logo that is a file beside the configuration, and is stored as an address', async () => {
    const { clients } = await loadClient(
      { brand_logo: 'portal.png', brand_accent: '#C2410C' },
      { 'portal.png': pictures.webp },
    );
    expect(clients[0]?.settings).toMatchObject({
      brandName: 'Sunrise Portal',
      brandAccent: '#c2410c',
      brandLogo: `data:image/webp;base64,${pictures.webp.toString('base64')}`,
    });
  });

  it.each([
    ['SVG', { brand_logo: 'x.svg' }, 'clients[0].brand_logo must be a PNG, JPEG or WebP picture'],
    ['a missing file', { brand_logo: 'no.png' }, 'clients[0].brand_logo cannot be read (ENOENT)'],
    ['a colour with a rule', { brand_accent: '#fff}' }, 'clients[0].brand_accent must be a colour'],
    ['less trust', { trust: 'third-party' }, 'clients[0].brand_name is only for first-party'],
  ])('stops the start with %s', async (_, changes, problem) => {
    const svg = '<svg xmlns="http://www.w3.org/2000/svg"/>';
    const problems = await loadClient(changes, { 'x.svg': svg }).then(
      () => [],
      (error: ConfigError) => error.problems.map(({ path: at, message }) => `${at} ${message}`),
    );
    expect(problems).toEqual([expect.stringContaining(problem)]);
  });
});
