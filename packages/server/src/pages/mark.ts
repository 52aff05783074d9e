import { html, raw } from 'hono/html';
import { type Accent, accentTokens } from './accent.ts';
import type { Markup } from './markup.ts';

/**
 * Pictures are inline SVG with attributes only, because the content policy allows no inline style.
 * All are decoration.
 */
const keyhole = 'M16 7.5a4.75 4.75 0 0 0-2.4 8.85L11.9 24.5h8.2l-1.7-8.15A4.75 4.75 0 0 0 16 7.5Z';

/** A picture that this server serves. */
export interface PagesPicture {
  readonly url: string;
  readonly type: string;
  readonly width: number;
  readonly height: number;
}

/** The face of the operator. Addresses are below the issuer. Not checked. */
export interface PagesBrand {
  readonly logo?: PagesPicture | undefined;
  readonly logoDark?: PagesPicture | undefined;
  readonly favicon?: PagesPicture | undefined;
  readonly accent?: Accent | undefined;
}

/** The logo of the operator. Without one, a key plate with its keyhole. */
export function mark({ brand }: { readonly brand?: PagesBrand | undefined }): Markup {
  if (brand?.logo !== undefined) return renderLogo(brand.logo, brand.logoDark);
  return html`<svg class="mark" viewBox="0 0 32 32" width="32" height="32" aria-hidden="true" focusable="false"><rect class="mark-plate" x="1" y="1" width="30" height="30" rx="9"/><path class="mark-keyhole" d="${keyhole}"/></svg>`;
}

/** Its width and height where it is shown: inside of 160 by 32. */
export function sizeOfLogo({
  width,
  height,
}: Pick<PagesPicture, 'width' | 'height'>): readonly [width: number, height: number] {
  const scale = Math.min(160 / width, 32 / height);
  return [Math.max(1, Math.round(width * scale)), Math.max(1, Math.round(height * scale))];
}

/** The text beside it says the same, so its own text is empty. */
export function renderLogo(logo: Omit<PagesPicture, 'type'>, dark?: PagesPicture): Markup {
  const [width, height] = sizeOfLogo(logo);
  const source =
    dark === undefined
      ? raw('')
      : html`<source srcset="${dark.url}" media="(prefers-color-scheme: dark)">`;
  const look = dark === undefined ? 'mark logo plated' : 'mark logo';
  return html`<picture>${source}<img class="${look}" src="${logo.url}" alt="" width="${width}" height="${height}"></picture>`;
}

/** The application's tile is the head of a key, this is its blade, and the mark is the lock. */
export function keyBlade(): Markup {
  return html`<svg class="key-blade" viewBox="0 0 56 44" width="56" height="44" aria-hidden="true" focusable="false"><path d="M0 19h50l4 3-4 3h-4v5h-5v-5h-5v8h-5v-8H0z"/></svg>`;
}

const favicon = (plate: string, hole: string) =>
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect x="1" y="1" width="30" height="30" rx="9" fill="${plate}"/><path fill="${hole}" d="${keyhole}"/></svg>`;

function asAddress(plate: string, hole: string) {
  const svg = encodeURIComponent(favicon(plate, hole));
  return { type: 'image/svg+xml', url: `data:image/svg+xml,${svg}` } as const;
}

const ownPlate = '#0d5c4a';
const ownBrass = '#f0cd86';
/** Made once, because every page has it. */
const plainFavicon = asAddress(ownPlate, ownBrass);

/**
 * For `<link rel="icon">`: the picture of the operator, or ours in the colour of the operator. The
 * policy allows `data:` for images.
 */
export function faviconOf({
  favicon: own,
  accent,
}: PagesBrand = {}): Pick<PagesPicture, 'type' | 'url'> {
  if (own !== undefined) return own;
  if (accent === undefined) return plainFavicon;
  const { plate = ownPlate, brass = ownBrass } = accentTokens(accent, 'light');
  return asAddress(plate, brass);
}

const paths = {
  tick: 'M4.5 10.5l3.5 3.5 7.5-8',
  warning: 'M10 3.2 18 16.8H2L10 3.2Zm0 5v4m0 2.1v.2',
  lock: 'M5 9h10v7.5H5zM7 9V6.5a3 3 0 0 1 6 0V9',
  seal: 'M10 2.5l6 2.2v4.6c0 3.8-2.5 6.7-6 8.2-3.5-1.5-6-4.4-6-8.2V4.7zM7 9.8l2.2 2.2 3.8-4',
  note: 'M10 2.5a7.5 7.5 0 1 0 0 15 7.5 7.5 0 0 0 0-15Zm0 6.7v4.3m0-7v.2',
} as const;

export function icon(name: keyof typeof paths): Markup {
  return html`<svg class="icon" viewBox="0 0 20 20" width="20" height="20" fill="none" stroke="currentColor" stroke-width="1.7" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true" focusable="false"><path d="${raw(paths[name])}"/></svg>`;
}
