import { jwtBearerGrant, tokenExchangeGrant } from '@keywright/wire';
import { expect, it } from 'vitest';
import { explainClient } from './explain.ts';
import type { ClientRegistration } from './client-registration.ts';
import { registerClient } from './registration.ts';
import { type TierLifetimes, tiers } from '../policy/tiers.ts';
import { type TierName, tierNames } from '../../model/features.ts';

const lifetimes = Object.fromEntries(
  tierNames.map((name) => [name, tiers[name].lifetimes]),
) as Record<TierName, TierLifetimes>;

function explain(members: Partial<ClientRegistration>): string {
  const random = { bytes: (length: number) => new Uint8Array(length) };
  const base = { kind: 'service', trust: 'first-party', client_name: 'Service' };
  const { client } = registerClient(
    { ...base, ...members },
    { now: 0, random, apis: [], origin: 'command' },
  );
  return explainClient(client, lifetimes).join('\n');
}

it('the report about a service lists which subjects it may exchange tokens for, and at which APIs', () => {
  const text = explain({
    grant_types: [tokenExchangeGrant, jwtBearerGrant],
    token_exchange: {
      delegation: true,
      impersonation: true,
      audiences: ['https://a.example', 'https://b.example'],
    },
    assertion_issuers: ['https://hr.example'],
  });
  expect(text).toContain(
    'Token exchange  as an actor or as the subject itself, for https://a.example https://b.example',
  );
  expect(text).toContain('Assertions      of https://hr.example');
});

it('the report about a service without token exchange does not mention it', () => {
  expect(explain({})).not.toMatch(/^(?:Token exchange|Assertions) {2}/m);
});
