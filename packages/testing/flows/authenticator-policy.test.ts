/** Which passkeys may be added, what they are called, and what they are bound to. */
import { X509Certificate } from 'node:crypto';
import { resolveOptions } from '@keywright/core';
import { afterEach, describe, expect, it } from 'vitest';
import { createAuthority } from '../../jwt/src/testing-parts/certificates.ts';
import type { AuthenticatorPolicy } from '../../server/src/passkeys/verifier.ts';
import type { TestPlatform } from '../src/index.ts';
import type { Wrong } from './authenticator.ts';
import {
  addPasskey,
  askedBy,
  createWithPasskeys,
  isSignedIn,
  signInWith,
} from './passkey-setting.ts';
import { ada } from './sunrise.ts';

const key = '2fc0579f-8113-47ea-b116-bb5a8db9202a';
const other = 'ee882879-721c-4913-9775-3dfcce97072a';
const maker = createAuthority('Keys AB Root');
/** Web Authentication §8.2.1. */
const names = {
  subject: [
    ['C', 'SE'],
    ['O', 'Keys AB'],
    ['OU', 'Authenticator Attestation'],
    ['CN', 'Keys AB 1'],
  ],
} as const;
const roots = [new X509Certificate(maker.certificate.cert)];
const made = { format: 'packed', certificates: [maker.issue(names)] };

let platform: TestPlatform;
afterEach(() => platform?.close());

async function added(
  policy: AuthenticatorPolicy | undefined,
  how: Wrong,
): Promise<readonly string[]> {
  platform = await createWithPasskeys({ passkeys: { names: { [key]: 'Blue key' } } }, policy);
  const browser = platform.browser();
  await platform.signIn(browser, ada);
  await addPasskey(browser, how);
  const kept = await platform.store.passkeys.list(platform.accounts.get(ada)?.id ?? '');
  return kept.map(({ name }) => name);
}

describe('with a policy for authenticators, a passkey', () => {
  const allowing = { allow: [key], deny: [], roots };

  it('is asked for its model, and has the name that the operator gave to it', async () => {
    expect(await added(allowing, { aaguid: key, attestation: made })).toEqual(['Blue key']);
    const browser = platform.browser();
    await platform.signIn(browser, ada);
    const { options } = askedBy(await browser.get('/account/security'));
    expect(JSON.parse(options)).toMatchObject({ attestation: 'direct' });
  });

  it.each<[string, Partial<AuthenticatorPolicy>, Wrong]>([
    ['of another model', {}, { aaguid: other, attestation: made }],
    ['of a denied model', { allow: undefined, deny: [key] }, { aaguid: key, attestation: made }],
    ['that is on both lists', { deny: [key] }, { aaguid: key, attestation: made }],
    ['without a proof of its model', {}, { aaguid: key }],
    ['that its own key attests', {}, { aaguid: key, attestation: { format: 'packed' } }],
    [
      'that another maker attests',
      {},
      {
        aaguid: key,
        attestation: {
          format: 'packed',
          certificates: [createAuthority('Keys AB Root').issue(names)],
        },
      },
    ],
    [
      'in a format with other certificates',
      {},
      { aaguid: key, attestation: { ...made, format: 'apple' } },
    ],
  ])('is refused %s', async (_, change, how) => {
    expect(await added({ ...allowing, ...change }, how)).toEqual([]);
  });

  it('is accepted of every model that is not denied, if there is no list of allowed ones', async () => {
    const policy = { allow: undefined, deny: [other], roots };
    expect(await added(policy, { aaguid: key, attestation: made })).toEqual(['Blue key']);
  });
});

describe('the relying party identifier', () => {
  const problems = (passkeys: object, issuer = 'https://login.example.com') => {
    try {
      resolveOptions({ issuer, features: { passkeys: true }, passkeys });
      return [];
    } catch (error) {
      return (error as { problems: readonly { path: string }[] }).problems.map(({ path }) => path);
    }
  };

  it.each([{}, { rpId: 'login.example.com' }, { rpId: 'example.com' }])('may be %j', (options) => {
    expect(problems(options)).toEqual([]);
  });

  it.each([
    'com',
    'other.com',
    'ogin.example.com',
    'a.login.example.com',
    'EXAMPLE.com',
    'example.com:443',
    'https://example.com',
  ])('may not be %j', (rpId) => {
    expect(problems({ rpId })).toEqual(['passkeys.rpId']);
  });

  it('may not be a public suffix', () => {
    expect(problems({ rpId: 'co.uk' }, 'https://example.co.uk')).toEqual(['passkeys.rpId']);
    expect(problems({ rpId: 'github.io' }, 'https://me.github.io')).toEqual(['passkeys.rpId']);
  });

  it('may be the former host, if the origin of the issuer is declared', () => {
    const origins = ['https://login.example.com'];
    expect(problems({ rpId: 'login.former.example', origins })).toEqual([]);
  });

  it.each(['http://www.example.com', 'https://www.example.com/', 'www.example.com', '*'])(
    'is not shared with %j',
    (origin) => {
      expect(problems({ origins: [origin] })).toEqual(['passkeys.origins']);
    },
  );

  it('is that of the setting at registration and sign-in', async () => {
    platform = await createWithPasskeys({
      issuer: 'https://login.as.example',
      passkeys: { rpId: 'as.example', origins: ['https://www.as.example'] },
    });
    const browser = platform.browser();
    await platform.signIn(browser, ada);
    const from = { origin: 'https://login.as.example' };
    const { passkey } = await addPasskey(browser, from);
    const another = platform.browser();
    const related = await signInWith(another, passkey, { origin: 'https://www.as.example' });
    expect(related.status).toBe(401);
    expect((await signInWith(another, passkey, { ...from, rpId: 'login.as.example' })).status).toBe(
      401,
    );
    await signInWith(another, passkey, from);
    expect(await isSignedIn(another)).toBe(true);
  });

  it('has its further origins at the well-known address, and no address without them', async () => {
    const origins = ['https://www.as.example'];
    platform = await createWithPasskeys({ passkeys: { origins } });
    const answer = await platform.get('/.well-known/webauthn');
    expect([answer.status, answer.json]).toEqual([200, { origins }]);
    await platform.close();
    platform = await createWithPasskeys();
    expect((await platform.get('/.well-known/webauthn')).status).toBe(404);
  });
});
