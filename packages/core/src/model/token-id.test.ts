import { expect, test } from 'vitest';
import {
  familyIdOf,
  formatTokenId,
  handleOfCode,
  idPrefixes,
  isDecisionId,
  parentOfApiKey,
  parseTokenParent,
  parseTokenId,
  reservedPrefixOf,
} from './token-id.ts';

test.each([
  ['a family', 'fam_AAAAAAAAAAAAAAAAAAAAAA', { kind: 'family', id: 'fam_AAAAAAAAAAAAAAAAAAAAAA' }],
  ['a grant', 'grt_AAAAAAAAAAAAAAAAAAAAAA', { kind: 'grant', id: 'grt_AAAAAAAAAAAAAAAAAAAAAA' }],
  [
    'an API key, whose id is without prefix in the store',
    parentOfApiKey('k1'),
    { kind: 'apiKey', id: 'k1' },
  ],
  [
    'a client, whose id may contain a dot',
    'billing.example',
    { kind: 'client', id: 'billing.example' },
  ],
])('the jti of a token that ends with %s contains that', (_, parent, parsed) => {
  const { parent: read, serial } = parseTokenId(formatTokenId(parent, 'serial'));
  expect(serial).toBe('serial');
  expect(parseTokenParent(String(read))).toEqual(parsed);
});

test('the jti of a token that ends only with its client names no origin', () => {
  expect(parseTokenId(formatTokenId(undefined, 'serial'))).toEqual({ serial: 'serial' });
});

test('an id of a client cannot begin like an id that the server makes', () => {
  for (const prefix of Object.values(idPrefixes))
    expect(reservedPrefixOf(`${prefix}x`)).toBe(prefix);
  expect(reservedPrefixOf('family-app')).toBeUndefined();
});

test('a decision id is recognized, and no other text is', () => {
  const id = `dec_${'a'.repeat(22)}`;
  expect(isDecisionId(id)).toBe(true);
  for (const other of [`${id}a`, id.slice(0, -1), `${id}\n`, ` ${id}`, id.replace('dec_', 'fam_')])
    expect(isDecisionId(other)).toBe(false);
});

test('the ids of families still match the handles of existing refresh tokens and codes', () => {
  expect(familyIdOf('AAAAAAAAAAAAAAAAAAAAAA')).toBe('fam_IkxzVMkiGAathc8tnlwV35');
  expect(handleOfCode('code')).toBe('I_9J_TEimi6vUufKP1EZ_l');
});
