/** The face of an operator: a logo, and a colour that is too light for text. */
import type { BrandView } from '@keywright/core';
import { pictures } from '../../../../core/src/rules/testing-parts/pictures.ts';
import type { PagesBrand } from '../mark.ts';

const logo = {
  url: `data:image/png;base64,${pictures.png.toString('base64')}`,
  type: 'image/png',
  width: 24,
  height: 16,
};

export const sampleBrand = {
  logo,
  accent: { light: '#ffd400' },
} as const satisfies PagesBrand;

/** Of a client, on the pages of a sign-in. */
export const sampleClientBrand = {
  name: 'Sunrise Energy',
  accent: '#635bff',
  logo,
} as const satisfies BrandView;
