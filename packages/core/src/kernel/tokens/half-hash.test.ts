import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { halfHash } from './half-hash.ts';

describe('the half hash of a token (at_hash, c_hash)', () => {
  it('has the values of OpenID Connect Core, Appendix A.3 and A.4', () => {
    expect(halfHash('jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y', 'RS256')).toBe(
      '77QmUPtjPfzWtF2AnpK9RQ',
    );
    expect(halfHash('Qcb0Orv1zh30vL1MPRsbm-diHiMwcLyZvn1arpZv-Jxf_11jnpEX3Tgfvk', 'RS256')).toBe(
      'LDktKdoQak3Pk0cnXxCltA',
    );
  });

  it.each(['EdDSA', 'Ed25519', 'ML-DSA-65'] as const)('uses SHA-512 for %s', (algorithm) => {
    const whole = createHash('sha512').update('value').digest();
    expect(halfHash('value', algorithm)).toBe(whole.subarray(0, 32).toString('base64url'));
  });
});
