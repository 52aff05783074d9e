import { afterEach, describe, expect, it } from 'vitest';
import { createTestPlatform, type TestPlatform } from './index.ts';

const open: TestPlatform[] = [];
afterEach(async () => {
  for (const platform of open.splice(0)) await platform.close();
});

async function keyIds(): Promise<readonly string[]> {
  const platform = await createTestPlatform();
  open.push(platform);
  const { keys } = (await platform.get('/jwks')).json as {
    readonly keys: readonly { readonly kid: string }[];
  };
  return keys.map(({ kid }) => kid);
}

describe('the signing keys of a test platform', () => {
  it('are its own while it is open, and the next platform gets new ones', async () => {
    const [first, second] = [await keyIds(), await keyIds()];
    expect(first).toHaveLength(2);
    expect(second.filter((kid) => first.includes(kid))).toEqual([]);
    for (const platform of open.splice(0)) await platform.close();
    const known = [...first, ...second];
    expect((await keyIds()).filter((kid) => !known.includes(kid))).toEqual([]);
  });
});
