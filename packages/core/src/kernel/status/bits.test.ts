import { inflateSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { encodeBits, makeBits, setBits } from './bits.ts';

it('the encoded status list is the one in the draft’s example (draft-ietf-oauth-status-list §4.1, §4.2)', async () => {
  const statuses = [1, 0, 0, 1, 1, 1, 0, 1, 1, 1, 0, 0, 0, 1, 0, 1];
  const places = statuses.flatMap((status, place) => (status === 1 ? [place] : []));
  const bits = setBits(makeBits(16), places);
  expect([...bits]).toEqual([0xb9, 0xa3]);
  expect(await encodeBits(bits)).toBe('eNrbuRgAAhcBXQ');
});

it('each index of a status list has its own bit, up to the last one', async () => {
  for (const place of [0, 7, 8, 2 ** 20 - 1]) {
    const bits = inflateSync(
      Buffer.from(await encodeBits(setBits(makeBits(2 ** 20), [place])), 'base64url'),
    );
    expect(bits).toHaveLength(2 ** 17);
    expect(bits.findIndex((byte) => byte !== 0)).toBe(place >> 3);
    expect(bits[place >> 3]).toBe(2 ** (place & 7));
  }
});

it('setting a status does not change the given list, and refuses an index outside of it', () => {
  const bits = makeBits(8);
  expect([...setBits(bits, [1, 8, -1, 2 ** 31])]).toEqual([2]);
  expect([...bits]).toEqual([0]);
});
