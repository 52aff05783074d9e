/**
 * A feature that is off is neither announced nor served. A feature that is on is both, and has a
 * handler.
 */
import { featureNames, type Features, grants, grantTypes, isFeatureOn } from '@keywright/core';
import { expect, it } from 'vitest';
import { createSunrise } from './sunrise.ts';

const all = (value: boolean, registration: Features['registration']) => ({
  ...(Object.fromEntries(featureNames.map((name) => [name, value])) as unknown as Features),
  registration,
});

it.each([
  ['every setting on', all(true, 'open')],
  ['every setting off', all(false, 'off')],
])('with %s, exactly the grant types that are on are announced and served', async (_, features) => {
  const platform = await createSunrise({ features });
  const expected = grantTypes.filter((type) => isFeatureOn(features, grants[type].feature));
  const { json } = await platform.get('/.well-known/openid-configuration');
  expect(json['grant_types_supported']).toEqual(expected);
  for (const type of grantTypes) {
    const { reason } = await platform.post('/token', { grant_type: type }, 'heatlens');
    const isServed = expected.includes(type) && grants[type].issuedAt === 'token-endpoint';
    expect([type, reason === 'grant_type_unsupported']).toEqual([type, !isServed]);
  }
  await platform.close();
});

/** Written again on purpose, independent of the code. */
const withCertificates = {
  token_endpoint: '/token',
  revocation_endpoint: '/revoke',
  introspection_endpoint: '/introspect',
  userinfo_endpoint: '/userinfo',
  pushed_authorization_request_endpoint: '/par',
  device_authorization_endpoint: '/device_authorization',
  backchannel_authentication_endpoint: '/bc-authorize',
};
const withoutCertificates = {
  authorization_endpoint: '/authorize',
  authorization_challenge_endpoint: '/authorize-challenge',
  end_session_endpoint: '/end-session',
  registration_endpoint: '/register',
  grant_management_endpoint: '/grants',
  global_token_revocation_endpoint: '/global-token-revocation',
  api_key_manifest_endpoint: '/api-keys/manifest',
  api_key_usage_endpoint: '/api-keys/usage',
  api_key_leak_endpoint: '/api-keys/leaks',
};
const optional = [
  'pushed_authorization_request_endpoint',
  'device_authorization_endpoint',
  'backchannel_authentication_endpoint',
  'authorization_challenge_endpoint',
  'end_session_endpoint',
  'registration_endpoint',
  'grant_management_endpoint',
  'global_token_revocation_endpoint',
];

it('each endpoint of each feature is announced, also those at the host for certificates (RFC 8705 §5)', async () => {
  const mutualTlsOrigin = 'https://mtls.as.example';
  const platform = await createSunrise({ features: all(true, 'open'), mutualTlsOrigin });
  const at = (origin: string, paths: Readonly<Record<string, string>>) =>
    Object.fromEntries(Object.entries(paths).map(([name, path]) => [name, origin + path]));
  const { json } = await platform.get('/.well-known/openid-configuration');
  const { mtls_endpoint_aliases, ...announced } = json;
  expect(mtls_endpoint_aliases).toEqual(at(mutualTlsOrigin, withCertificates));
  expect(Object.fromEntries(Object.entries(announced).filter(isEndpoint))).toEqual(
    at(platform.issuer, { ...withCertificates, ...withoutCertificates }),
  );
  await platform.close();
});

it('no endpoint of a feature that is off is announced or served', async () => {
  const platform = await createSunrise({ features: all(false, 'off') });
  const { json } = await platform.get('/.well-known/openid-configuration');
  const paths: Readonly<Record<string, string>> = { ...withCertificates, ...withoutCertificates };
  const names = Object.keys(paths).filter((name) => !optional.includes(name));
  expect(
    Object.entries(json)
      .filter(isEndpoint)
      .map(([name]) => name)
      .sort(),
  ).toEqual(names.sort());
  for (const name of optional)
    expect([name, (await platform.get(paths[name] ?? '')).status]).toEqual([name, 404]);
  await platform.close();
});

function isEndpoint([name]: readonly [string, unknown]): boolean {
  return name.endsWith('_endpoint');
}
