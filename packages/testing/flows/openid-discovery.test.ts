import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { TestPlatform } from '../src/index.ts';
import { createOpenIdPlatform, signInTo, userinfo } from './openid-setting.ts';

let platform: TestPlatform;
let metadata: Record<string, unknown>;
beforeEach(async () => {
  platform = await createOpenIdPlatform();
  metadata = (await platform.get('/.well-known/openid-configuration')).json;
});
afterEach(() => platform.close());

describe('the metadata that OpenID Connect clients read (Discovery §3)', () => {
  it('has each required member, and no empty member', () => {
    const required = [
      'issuer',
      'authorization_endpoint',
      'token_endpoint',
      'jwks_uri',
      'response_types_supported',
      'subject_types_supported',
      'id_token_signing_alg_values_supported',
    ];
    for (const name of required) expect(metadata).toHaveProperty(name);
    for (const [name, value] of Object.entries(metadata)) {
      expect(value, name).not.toBeNull();
      if (Array.isArray(value)) expect(value.length, name).toBeGreaterThan(0);
    }
    expect(metadata['issuer']).toBe(platform.issuer);
  });

  it('lists RS256, which each client supports, and never none (Core §15.1, Discovery §3)', () => {
    for (const [name, value] of Object.entries(metadata))
      if (name.includes('signing_alg')) expect(value, name).not.toContain('none');
    expect(metadata['id_token_signing_alg_values_supported']).toContain('RS256');
    expect(metadata['scopes_supported']).toContain('openid');
  });

  it('lists each claim that userinfo can give', async () => {
    const { access_token } = await signInTo(platform, {
      scope: 'openid profile email address phone',
    });
    const told = (await userinfo(platform, access_token)).json;
    for (const name of Object.keys(told)) expect(metadata['claims_supported']).toContain(name);
  });

  it('lists how answers can be encrypted, and that the pages are in English', () => {
    expect(metadata).toMatchObject({
      id_token_encryption_alg_values_supported: expect.arrayContaining(['RSA-OAEP-256', 'ECDH-ES']),
      id_token_encryption_enc_values_supported: expect.arrayContaining(['A256GCM']),
      userinfo_encryption_alg_values_supported: expect.arrayContaining(['RSA-OAEP-256']),
      userinfo_signing_alg_values_supported: expect.arrayContaining(['RS256', 'ES256']),
      claim_types_supported: ['normal'],
      ui_locales_supported: ['en'],
      claims_parameter_supported: true,
    });
  });
});
