/**
 * `brand_name`, `brand_accent` and `brand_logo`, names of this server: the face of the pages of a
 * sign-in that users reach from the client. Only an operator sets them, and only for a client of
 * the operator (docs/decisions/0043-branding.md).
 */
import { refuseDisplayText } from '../../../rules/display-text.ts';
import { readPictureAddress } from '../../../rules/picture-address.ts';
import type { CheckSettings, Say } from './check.ts';

const names = ['brand_name', 'brand_accent', 'brand_logo'] as const;
const mostBytes = 24 * 1024;
const [leastPixels, mostPixels] = [16, 1000];

export const checkBrand: CheckSettings = (input, say) => {
  const { brand_name: name, brand_accent: accent, brand_logo: logo, kind, trust } = input;
  const given = names.filter((one) => input[one] !== undefined);
  if (trust !== 'first-party' || kind === 'service')
    for (const one of given) say(one, 'is only for first-party clients with users');
  const refused = name === undefined ? undefined : refuseDisplayText(name);
  if (refused !== undefined) say('brand_name', refused);
  if (accent !== undefined && !/^#[0-9a-f]{6}$/i.test(accent))
    say('brand_accent', 'must be a colour such as `#0d5c4a`');
  if (logo !== undefined) checkLogo(logo, say);
  if (logo !== undefined && name === undefined) say('brand_logo', 'needs brand_name');
};

function checkLogo(logo: string, say: Say): void {
  const picture = readPictureAddress(logo);
  if (picture === undefined)
    return say(
      'brand_logo',
      'must be a PNG, JPEG or WebP picture that does not move, with nothing after it',
    );
  const { width, height, length } = picture;
  if (length > mostBytes) say('brand_logo', `must have at most ${mostBytes / 1024} KB`);
  if (Math.min(width, height) < leastPixels || Math.max(width, height) > mostPixels)
    say('brand_logo', `must have ${leastPixels} to ${mostPixels} pixels in height and width`);
}
