import { createRequire } from 'node:module';
import { expect, it } from 'vitest';

type Packages = Readonly<Record<string, { readonly version: string; readonly optional?: boolean }>>;
const { agrees } = createRequire(import.meta.url)('./setup.cjs') as {
  readonly agrees: (wanted: Packages, installed: Packages) => boolean;
};

const wanted: Packages = {
  '': { version: '0.0.0' },
  'node_modules/one': { version: '1.0.0' },
  'node_modules/elsewhere': { version: '1.0.0', optional: true },
};

it('the set-up accepts what `npm ci` has installed, by any user, without packages for other platforms', () => {
  expect(agrees(wanted, { 'node_modules/one': { version: '1.0.0' } })).toBe(true);
});

it('the set-up installs when a package is missing, or has another version', () => {
  expect(agrees(wanted, {})).toBe(false);
  expect(agrees(wanted, { 'node_modules/one': { version: '1.0.1' } })).toBe(false);
  const other = {
    'node_modules/one': { version: '1.0.0' },
    'node_modules/elsewhere': { version: '2.0.0' },
  };
  expect(agrees(wanted, other)).toBe(false);
});
