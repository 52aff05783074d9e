import { describe, expect, it } from 'vitest';
import { coversDetail, mergeTerms, uniteDetails, withoutDetails } from './covering.ts';

const read = { type: 'access', actions: ['read'], buildings: ['b-1'] };
const both = { ...read, actions: ['write', 'read'] };
const other = { ...read, buildings: ['b-2'] };

describe('one detail within another (RFC 9396 §6)', () => {
  it('has no action, datatype or privilege that the other has not', () => {
    expect(coversDetail(both, read)).toBe(true);
    expect(coversDetail(read, both)).toBe(false);
    expect(coversDetail({ ...read, privileges: ['a'] }, { ...read, privileges: ['a', 'b'] })).toBe(
      false,
    );
  });

  it('is the same in everything else, of which nobody knows what more of it means', () => {
    const some = { ...read, buildings: ['b-1', 'b-2'] };
    expect(coversDetail(some, read)).toBe(false);
    expect(coversDetail({ ...read, amount: { value: 5 } }, { ...read, amount: { value: 4 } })).toBe(
      false,
    );
    expect(coversDetail({ ...some, buildings: ['b-2', 'b-1'] }, some)).toBe(true);
  });

  it('lacks nothing that the other has: a list that is left out may mean all', () => {
    const { actions: _, ...open } = read;
    expect(coversDetail(open, read)).toBe(false);
    expect(coversDetail(read, open)).toBe(false);
  });

  it('is of the same type, wherever it says that it is used', () => {
    expect(coversDetail(read, { ...read, type: 'other' })).toBe(false);
    expect(coversDetail(read, { ...read, locations: ['https://api.example'] })).toBe(true);
  });
});

describe('what was said of details', () => {
  it('adds up, without what is within another one already', () => {
    expect(uniteDetails([read], [both])).toEqual([both]);
    expect(uniteDetails([both], [read])).toEqual([both]);
    expect(uniteDetails([read], [other])).toEqual([read, other]);
  });

  it('whoever takes back reading takes back reading and writing; who takes back both takes back either', () => {
    expect(withoutDetails([both, other], [read])).toEqual([other]);
    expect(withoutDetails([read, other], [both])).toEqual([other]);
  });

  it('holds as it was said last, and leaves what was said of other things', () => {
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

  it('remembers of what was left out the latest two hundred, so that it does not grow without an end', () => {
    const parts = Array.from({ length: 201 }, (_, index) => ({
      type: 'access',
      id: String(index),
    }));
    const first = mergeTerms(undefined, { declinedDetails: parts.slice(0, 200) });
    const later = mergeTerms(first, { declinedDetails: parts.slice(200) });
    expect(later?.declinedDetails).toEqual(parts.slice(1));
  });
});
