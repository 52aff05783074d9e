/** The face of the server: pictures and colours on pages and in mails. */
import * as z from 'zod';

const colour = z
  .string()
  .refine((text) => /^#[0-9a-f]{6}$/i.test(text), 'must be a colour such as `#0d5c4a`')
  .transform((text): `#${string}` => `#${text.slice(1).toLowerCase()}`);

const file = z.string().min(1);

export const brand = z.strictObject({
  logo: file
    .optional()
    .describe(
      'A file with the logo: PNG, JPEG or WebP, at most 256 KB, 16 to 2000 pixels high and wide. It is shown 32 pixels high beside `service_name`. Mail programs show PNG and JPEG best.',
    ),
  logo_dark: file.optional().describe('The logo for dark pages. Needs `logo`.'),
  favicon: file
    .optional()
    .describe(
      'A file with the picture for tabs of the browser, with the same rules. Default: the logo, if it is about as high as wide.',
    ),
  accent: colour
    .optional()
    .describe(
      'The colour of buttons and links, for example `#0d5c4a`. Text on it is black or white. Where the colour would be hard to read, a darker or lighter one is used (WCAG AA).',
    ),
  accent_dark: colour
    .optional()
    .describe('The same for dark pages. Needs `accent`. Default: `accent`, made lighter.'),
});
