import { crc32 } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { makeApiKey, readApiKey } from './api-key.ts';
import { digest } from './digest.ts';

const counting = (length: number) => Uint8Array.from({ length }, (_, at) => at + length);
const filled = (byte: number) => (length: number) => new Uint8Array(length).fill(byte);
const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

function withChecksum(head: string): string {
  const places = Array.from(
    { length: 6 },
    (_, place) => Math.floor(crc32(head) / 62 ** (5 - place)) % 62,
  );
  return head + places.map((digit) => alphabet[digit]).join('');
}

const scanner = /^kwk_[a-z0-9]{1,16}_[A-Za-z0-9]{16}_[A-Za-z0-9]{49}$/;

describe('an API key', () => {
  it('is made only of random bytes: 16 for its id, 32 for its secret', () => {
    const asked: number[] = [];
    const made = makeApiKey('live', (length) => {
      asked.push(length);
      return counting(length);
    });
    expect(asked).toEqual([16, 32]);
    expect(makeApiKey('live', counting)).toEqual(made);
    expect(makeApiKey('live', filled(7)).text).not.toBe(made.text);
  });

  it.each([0, 1, 127, 255])(
    'always has the same length (all bytes %i), and scanners find it',
    (byte) => {
      const { text, id } = makeApiKey('live', filled(byte));
      expect(text).toHaveLength(4 + 4 + 1 + 16 + 1 + 49);
      expect(text).toMatch(scanner);
      expect(text.split('_')[2]).toBe(id);
    },
  );

  it('keeps every bit of its secret: secrets that differ in one bit give different texts', () => {
    const texts = new Set(
      Array.from({ length: 256 }, (_, bit) => {
        const secret = new Uint8Array(32);
        secret[bit >> 3] = 1 << (bit & 7);
        return makeApiKey('live', (length) => (length === 32 ? secret : filled(0)(length))).text;
      }),
    );
    expect(texts.size).toBe(256);
  });

  it('is read back as id, environment and the digest of the whole text', () => {
    const { text, id } = makeApiKey('test', counting);
    expect(readApiKey(text)).toEqual({ id, environment: 'test', digest: digest(text) });
  });

  it('of an environment with the longest name is read back too', () => {
    const environment = 'a'.repeat(16);
    const { text, id } = makeApiKey(environment, counting);
    expect(readApiKey(text)).toEqual({ id, environment, digest: digest(text) });
  });

  it('has the checksum that docs/api-keys.md §2 states, and its example is one', () => {
    const text = 'kwk_live_7RiJxkEgOGusQGwp_7cMxemzhJjkW31yzTx5H07wJF2A2uBEOEec26ubYMsJ3uUpKq';
    expect(readApiKey(text)?.id).toBe('7RiJxkEgOGusQGwp');
  });

  it('is not found in a longer text, although the checksum of that text is right', () => {
    // The secret of the example with a digit more, and the CRC-32 of all that in base 62.
    const longer = withChecksum(
      'kwk_live_7RiJxkEgOGusQGwp_7cMxemzhJjkW31yzTx5H07wJF2A2uBEOEec26ubYMsJ0',
    );
    expect(readApiKey(longer)).toBeUndefined();
  });

  it.each(['', 'Live', 'li_ve', 'a'.repeat(17), 'live ', 'é'])(
    'is not made for environment "%s"',
    (name) => {
      expect(() => makeApiKey(name, counting)).toThrow(TypeError);
    },
  );

  it('is refused by its checksum when any single character is changed', () => {
    const { text } = makeApiKey('live', counting);
    for (let at = 0; at < text.length; at += 1) {
      for (const other of ['0', 'A', 'z', '_']) {
        if (text[at] === other) continue;
        expect(
          readApiKey(text.slice(0, at) + other + text.slice(at + 1)),
          `${other} at ${at}`,
        ).toBeUndefined();
      }
    }
  });

  it.each([
    ['nothing', ''],
    ['a prefix alone', 'kwk_'],
    ['a trailing line break', `${makeApiKey('live', counting).text}\n`],
    ['a leading space', ` ${makeApiKey('live', counting).text}`],
    ['a megabyte', 'kwk_live_'.padEnd(1_000_000, 'a')],
    ['many underscores', '_'.repeat(100_000)],
    ['two keys', makeApiKey('live', counting).text.repeat(2)],
    ['another prefix', makeApiKey('live', counting).text.replace('kwk_', 'kwx_')],
    ['characters beyond ASCII', makeApiKey('live', counting).text.replace('live', 'lıve')],
  ])('is not found in %s', (_name, text) => {
    expect(readApiKey(text)).toBeUndefined();
  });
});
