import { describe, expect, it } from 'vitest';
import { isCodeChallenge, isCodeVerifier, verifierMatches } from './pkce.ts';

describe('PKCE (RFC 7636)', () => {
  it('accepts the example of Appendix B', () => {
    expect(
      verifierMatches(
        'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk',
        'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
      ),
    ).toBe(true);
  });

  it('requires a verifier of 43 to 128 unreserved characters (§4.1)', () => {
    for (const good of ['a'.repeat(43), 'a'.repeat(128), `${'a'.repeat(40)}-._~`])
      expect(isCodeVerifier(good)).toBe(true);
    for (const bad of [
      '',
      'a'.repeat(42),
      'a'.repeat(129),
      `${'a'.repeat(43)}+`,
      `${'a'.repeat(43)}\n`,
    ])
      expect(isCodeVerifier(bad)).toBe(false);
  });

  it('requires a challenge of exactly 43 characters of base64url (§4.2)', () => {
    expect(isCodeChallenge('E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM')).toBe(true);
    for (const bad of [
      '',
      'a'.repeat(42),
      'a'.repeat(44),
      `${'a'.repeat(42)}=`,
      `${'a'.repeat(42)}+`,
    ])
      expect(isCodeChallenge(bad)).toBe(false);
  });

  it('refuses the challenge as the verifier, because the method plain is not supported', () => {
    const challenge = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM';
    expect(verifierMatches(challenge, challenge)).toBe(false);
  });
});
