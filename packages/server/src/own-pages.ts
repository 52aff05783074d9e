/** The pages of this product and their files, at the addresses that the issuer has. */
import { type Pages, resolveOptions } from '@keywright/core';
import type { Configuration } from './configuration/configuration.ts';
import type { Asset } from './http/own-routes.ts';
import { createPages, passkeyScript, stylesheet, workScript } from './pages/pages.ts';

/** The files that the pages load. */
export function assetsOf(issuer: string): readonly Asset[] {
  return [stylesheet, passkeyScript, workScript].map((asset) => assetAt(issuer, asset));
}

/** Below the issuer's path, so that a proxy that forwards only this path also serves it. */
function assetAt(issuer: string, asset: Asset): Asset {
  const { pathname } = new URL(issuer);
  return { ...asset, path: `${pathname === '/' ? '' : pathname}${asset.path}` };
}

export function pagesOf({ serviceName, supportUrl, privacyUrl, options }: Configuration): Pages {
  const { path: stylesheetUrl } = assetAt(options.issuer, stylesheet);
  const { path: passkeyScriptUrl } = assetAt(options.issuer, passkeyScript);
  const { path: workScriptUrl } = assetAt(options.issuer, workScript);
  const { basePath } = resolveOptions(options);
  return createPages({
    serviceName,
    supportUrl,
    privacyUrl,
    stylesheetUrl,
    passkeyScriptUrl,
    workScriptUrl,
    homeUrl: `${basePath}/account`,
  });
}
