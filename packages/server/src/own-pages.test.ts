import { describe, expect, it } from 'vitest';
import { pictures } from '../../core/src/rules/testing-parts/pictures.ts';
import { readPicture } from '@keywright/core';
import type { Brand, PictureFile } from './configuration/brand.ts';
import type { Configuration } from './configuration/configuration.ts';
import { createOwnRoutes } from './http/own-routes.ts';
import { assetsOf, computedAssetOf, mailSettingsOf, pagesOf } from './own-pages.ts';
import { accentPath } from './pages/accent.ts';

const issuer = 'https://login.example/tenant';

function fileOf(body: Buffer): PictureFile {
  const picture = readPicture(body);
  if (picture === undefined) throw new Error('no picture');
  return { ...picture, body };
}

const brand: Brand = {
  logo: fileOf(pictures.png),
  logoDark: fileOf(pictures.webp),
  accent: { light: '#635bff' },
};
const configuration = {
  serviceName: 'Sunrise Buildings',
  supportUrl: 'mailto:help@sunrise.example',
  privacyUrl: 'https://sunrise.example/privacy',
  options: { issuer, terms: { url: 'https://sunrise.example/terms', version: '1' } },
  brand,
} as unknown as Configuration;
const routes = createOwnRoutes(
  assetsOf(configuration),
  { probe: async () => undefined, isStopping: () => false },
  undefined,
  computedAssetOf(issuer),
);

const signIn = pagesOf(configuration).signIn({
  form: { action: '/tenant/sign-in', fields: {} },
  email: '',
});

function addressOf(pattern: RegExp): string {
  return pattern.exec(signIn)?.[1] ?? '';
}

describe('the brand of the server', () => {
  it('shows the logo on a page, from an address of this server with its type and nosniff', () => {
    const path = addressOf(/<img class="mark logo" src="([^"]*)" alt=""/);
    expect(path).toMatch(/^\/tenant\/assets\/picture-[0-9a-f]{16}\.png$/);
    expect(routes.answer('GET', path)).toEqual({
      status: 200,
      headers: {
        'content-type': 'image/png',
        'cache-control': 'public, max-age=31536000, immutable',
        'x-content-type-options': 'nosniff',
        'cross-origin-resource-policy': 'cross-origin',
      },
      body: pictures.png,
    });
  });

  it('shows another logo in a dark page', () => {
    const path = addressOf(/<source srcset="([^"]*)" media="\(prefers-color-scheme: dark\)">/);
    expect(routes.answer('GET', path)).toMatchObject({
      headers: { 'content-type': 'image/webp' },
      body: pictures.webp,
    });
  });

  it('has its colours in the style sheet of the pages', () => {
    const path = addressOf(/<link rel="stylesheet" href="([^"]*)">/);
    const answer = routes.answer('GET', path);
    expect(answer).toMatchObject({ body: expect.stringContaining('--button:#635bff;') });
  });

  it('does not use a wide logo as the picture for tabs, but the mark in its colour', () => {
    expect(addressOf(/<link rel="icon" type="image\/svg\+xml" href="([^"]*)">/)).toContain(
      encodeURIComponent('#635bff'),
    );
  });

  it('links to privacy, terms and help on each page', () => {
    for (const address of [
      'https://sunrise.example/privacy',
      'https://sunrise.example/terms',
      'mailto:help@sunrise.example',
    ])
      expect(signIn).toContain(`href="${address}"`);
  });

  it('names the whole address of the logo to mails', () => {
    expect(mailSettingsOf(configuration).brand?.logo?.url).toMatch(
      /^https:\/\/login\.example\/tenant\/assets\/picture-[0-9a-f]{16}\.png$/,
    );
  });

  it('serves a style sheet for each colour, below the path of the issuer', () => {
    const path = accentPath({ light: '#ffd400' });
    expect(routes.answer('GET', `/tenant${path}`)).toMatchObject({
      status: 200,
      headers: { 'content-type': 'text/css; charset=utf-8' },
      body: expect.stringContaining('--button:#ffd400;'),
    });
    expect(routes.answer('GET', path)).toBeUndefined();
  });
});
