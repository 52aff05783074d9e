import { describe, expect, it } from 'vitest';
import { coversDetail, mergeTerms, uniteDetails, withoutDetails } from './covering.ts';

const read = { type: 'access', actions: ['read'], buildings: ['b-1'] };
const both = { ...read, actions: ['write', 'read'] };
const other = { ...read, buildings: ['b-2'] };

describe('a detail that another detail covers (RFC 9396 §6)', () => {
  it('has no action, datatype or privilege that the other does not have', () => {
    expect(coversDetail(both, read)).toBe(true);
    expect(coversDetail(read, both)).toBe(false);
    expect(coversDetail({ ...read, privileges: ['a'] }, { ...read, privileges: ['a', 'b'] })).toBe(
      false,
    );
  });

  it('is equal in all other members, because the server does not know what a larger value means', () => {
    const some = { ...read, buildings: ['b-1', 'b-2'] };
    expect(coversDetail(some, read)).toBe(false);
    expect(coversDetail({ ...read, amount: { value: 5 } }, { ...read, amount: { value: 4 } })).toBe(
      false,
    );
    expect(coversDetail({ ...some, buildings: ['b-2', 'b-1'] }, some)).toBe(true);
  });

  it('has each list that the other has, because a missing list may mean all values', () => {
    const { actions: _, ...open } = read;
    expect(coversDetail(open, read)).toBe(false);
    expect(coversDetail(read, open)).toBe(false);
  });

  it('has the same type, with any location', () => {
    expect(coversDetail(read, { ...read, type: 'other' })).toBe(false);
    expect(coversDetail(read, { ...read, locations: ['https://api.example'] })).toBe(true);
  });
});

describe('the record of a user’s choices about details', () => {
  it('is added up, without a detail that another one covers', () => {
    expect(uniteDetails([read], [both])).toEqual([both]);
    expect(uniteDetails([both], [read])).toEqual([both]);
    expect(uniteDetails([read], [other])).toEqual([read, other]);
  });

  it('removes reading and writing when reading is withdrawn, and both alone when both are withdrawn', () => {
    expect(withoutDetails([both, other], [read])).toEqual([other]);
    expect(withoutDetails([read, other], [both])).toEqual([other]);
  });

  it('has the latest choice for a detail, and keeps the choices for others', () => {
    const first = mergeTerms({ described: 'digest' }, { authorizationDetails: [read, other] });
    const later = mergeTerms(first, { declinedDetails: [read] });
    expect(later).toEqual({
      described: 'digest',
      authorizationDetails: [other],
      declinedDetails: [read],
    });
    expect(mergeTerms(later, { authorizationDetails: [read] })).toEqual({
      described: 'digest',
      authorizationDetails: [other, read],
    });
    expect(mergeTerms(undefined, undefined)).toBeUndefined();
  });

  it('has the latest two hundred refused details, so that its size is bounded', () => {
    const parts = Array.from({ length: 201 }, (_, index) => ({
      type: 'access',
      id: String(index),
    }));
    const first = mergeTerms(undefined, { declinedDetails: parts.slice(0, 200) });
    const later = mergeTerms(first, { declinedDetails: parts.slice(200) });
    expect(later?.declinedDetails).toEqual(parts.slice(1));
  });
});
