import { expect, it } from 'vitest';
import type { Feature, GrantHandler } from '../kernel/routing/feature.ts';
import { tiers } from '../kernel/policy/tiers.ts';
import {
  type FeatureName,
  type FeatureRow,
  features,
  grants,
  grantTypes,
  type GrantRow,
  isFeatureOn,
} from './features.ts';

const issue: GrantHandler['issue'] = () => Promise.reject(new Error('not called'));
const handler: GrantHandler = { issue, remembersProof: false };
const { grant } = features.deviceAuthorization;
const row = { about: '', setting: false, secrets: [] } as const;

it('a feature row without its tiers, credential, secrets, setting or grant type does not compile', () => {
  const { tiers: _, ...withoutTiers } = grant as GrantRow;
  const { credential: __, ...withoutCredential } = grant as GrantRow;
  const rows: readonly FeatureRow[] = [
    { ...row, grant },
    // @ts-expect-error: it does not say which tiers have it
    { ...row, grant: withoutTiers },
    // @ts-expect-error: it does not say what is redeemed
    { ...row, grant: withoutCredential },
    // @ts-expect-error: it does not say which other parameters are secret
    { about: '', setting: false, grant },
    // @ts-expect-error: it does not say whether it is on
    { about: '', secrets: [], grant },
    // @ts-expect-error: it does not say that it has no grant
    row,
  ];
  expect(rows).toHaveLength(6);
});

it('a feature without a row, or with a grant type that its row does not have, does not compile', () => {
  const device: Feature<'deviceAuthorization'> = { name: 'deviceAuthorization', grant: handler };
  // @ts-expect-error: its row has a grant at the token endpoint
  const without: Feature<'deviceAuthorization'> = { name: 'deviceAuthorization' };
  // @ts-expect-error: its row has no grant
  const unknown: Feature<'logout'> = { name: 'logout', grant: handler };
  // @ts-expect-error: there is no such row
  const made: Feature<'unknown'> = { name: 'unknown', grant: handler };
  expect([device, without, unknown, made]).toHaveLength(4);
});

it('a tier has only the grant types whose feature rows name the tier', () => {
  for (const [name, { grants: byItself, grantsByChoice }] of Object.entries(tiers))
    for (const type of grantTypes) {
      const { tiers: having, tiersByName } = grants[type];
      expect([type, byItself.includes(type)]).toEqual([type, having.some((tier) => tier === name)]);
      expect([type, grantsByChoice.includes(type)]).toEqual([
        type,
        tiersByName.some((tier) => tier === name),
      ]);
    }
});

it('a feature is on by its setting, and a feature without a setting is always on', () => {
  const isOn = (name: FeatureName) =>
    isFeatureOn({ deviceAuthorization: true, registration: 'off' }, name);
  expect([isOn('deviceAuthorization'), isOn('registration'), isOn('password')]).toEqual([
    true,
    false,
    true,
  ]);
  // Not said, and so not on.
  expect(isOn('tokenExchange')).toBe(false);
});
