import { describe, expect, test } from 'vitest';
import { checkPaths, forbidden } from './check-paths.ts';

const rules = forbidden(['/srv/checkout'], ['packages.example']);
const check = (text: string) => checkPaths({ path: 'a.md', text }, rules);

describe('checkPaths', () => {
  test('reports a home folder, the checkout and a registry, each with its line', () => {
    expect(check('see /home/ada/x\n"/srv/checkout/y"\nhttps://packages.example/z')).toEqual([
      'a.md:1: names a home folder (/home/a)',
      'a.md:2: names a folder of this machine (/srv/checkout)',
      'a.md:3: names a package registry (packages.example)',
    ]);
  });

  test('accepts addresses and relative paths', () => {
    expect(check('https://app.example/home/ada docs/home/ada /srv/checkouts /callback')).toEqual(
      [],
    );
  });
});
