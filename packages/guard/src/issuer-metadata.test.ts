import { describe, expect, it } from 'vitest';
import { createIssuerMetadata } from './issuer-metadata.ts';

const issuer = 'https://issuer.example';
const document = { issuer, jwks_uri: `${issuer}/jwks` };

describe('the metadata of an issuer', () => {
  it('is fetched once, as long as nothing fails', async () => {
    const asked: string[] = [];
    const metadata = createIssuerMetadata(issuer, async (url) => {
      asked.push(url);
      return { body: document, maxAgeSeconds: undefined };
    });
    for (let n = 0; n < 3; n += 1) expect(await metadata.find('jwks_uri')).toBe(`${issuer}/jwks`);
    expect(asked).toEqual([`${issuer}/.well-known/openid-configuration`]);
  });

  it('that could not be fetched causes a refusal, and is fetched again the next time', async () => {
    let isDown = true;
    const metadata = createIssuerMetadata(issuer, async () => {
      if (isDown) throw new Error('down');
      return { body: document, maxAgeSeconds: undefined };
    });
    await expect(metadata.find('jwks_uri')).rejects.toThrow(
      'The metadata of the issuer cannot be fetched.',
    );
    isDown = false;
    expect(await metadata.find('jwks_uri')).toBe(`${issuer}/jwks`);
  });
});
