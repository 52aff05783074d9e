/** The pages of this product and their files, at the addresses that the issuer has. */
import { hash } from 'node:crypto';
import { type Pages, resolveOptions } from '@keywright/core';
import type { PictureFile } from './configuration/brand.ts';
import type { Configuration } from './configuration/configuration.ts';
import type { Asset } from './http/own-routes.ts';
import type { MailSettings } from './mail/words.ts';
import {
  accentSheetAt,
  brandedStylesheet,
  createPages,
  type PagesBrand,
  type PagesPicture,
  passkeyScript,
  workScript,
} from './pages/pages.ts';

type Face = Pick<Configuration, 'brand' | 'options'>;

/** The files that the pages and the mails load. */
export function assetsOf({ brand, options }: Face): readonly Asset[] {
  const { logo, logoDark, favicon, accent } = brand;
  const pictures = [logo, logoDark, favicon].flatMap((file) => (file ? [toAsset(file)] : []));
  return [brandedStylesheet(accent), passkeyScript, workScript, ...pictures].map((asset) => ({
    ...asset,
    path: pathAt(options.issuer, asset.path),
  }));
}

/** A style sheet of one colour, which the address has. Undefined for every other address. */
export function computedAssetOf(issuer: string): (path: string) => Asset | undefined {
  const base = pathAt(issuer, '');
  return (path) => {
    const body = path.startsWith(base) ? accentSheetAt(path.slice(base.length)) : undefined;
    return body === undefined ? undefined : { path, body, contentType: 'text/css; charset=utf-8' };
  };
}

const endings = { 'image/png': 'png', 'image/jpeg': 'jpg', 'image/webp': 'webp' } as const;

/** The type is the one of its bytes, whatever the name of the file is. */
function toAsset({ body, type }: PictureFile): Asset {
  const digest = hash('sha256', body, 'hex').slice(0, 16);
  const path = `/assets/picture-${digest}.${endings[type]}`;
  return { path, body, contentType: type, isForMails: true };
}

/** Below the issuer's path, so that a proxy that forwards only this path also serves it. */
function pathAt(issuer: string, path: string): string {
  const { pathname } = new URL(issuer);
  return `${pathname === '/' ? '' : pathname}${path}`;
}

function toPagesBrand({ brand, options }: Face): PagesBrand {
  const { logo, logoDark, favicon, accent } = brand;
  const toPicture = (file: PictureFile | undefined): PagesPicture | undefined =>
    file && { ...file, url: pathAt(options.issuer, toAsset(file).path) };
  return {
    logo: toPicture(logo),
    logoDark: toPicture(logoDark),
    favicon: toPicture(favicon ?? (logo && isSquare(logo) ? logo : undefined)),
    accent,
  };
}

function isSquare({ width, height }: PictureFile): boolean {
  return Math.max(width, height) <= 1.25 * Math.min(width, height);
}

export function pagesOf(configuration: Configuration): Pages {
  const { serviceName, supportUrl, privacyUrl, options, brand } = configuration;
  const { basePath } = resolveOptions(options);
  return createPages({
    serviceName,
    supportUrl,
    privacyUrl,
    termsUrl: options.terms?.url,
    brand: toPagesBrand(configuration),
    stylesheetUrl: pathAt(options.issuer, brandedStylesheet(brand.accent).path),
    passkeyScriptUrl: pathAt(options.issuer, passkeyScript.path),
    workScriptUrl: pathAt(options.issuer, workScript.path),
    basePath,
    homeUrl: `${basePath}/account`,
  });
}

export function mailSettingsOf(configuration: Configuration): MailSettings {
  const { serviceName, supportUrl, options } = configuration;
  const { logo, accent } = toPagesBrand(configuration);
  const { origin } = new URL(options.issuer);
  return {
    serviceName,
    supportUrl,
    issuer: options.issuer,
    brand: { logo: logo && { ...logo, url: origin + logo.url }, accent },
  };
}
