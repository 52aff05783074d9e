/**
 * The running demonstration, driven from outside by independent clients and by a browser. It is
 * started once. Each part is in its own file.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeAccounts } from './accounts.ts';
import { type Cast, castOf } from './cast.ts';
import { type Demonstration, startDemonstration } from './demonstration.ts';
import { describeConsentMemory } from './consent-memory.ts';
import { describeLegacyGrants } from './legacy-grants.ts';
import { describeOauth4webapi } from './oauth4webapi.ts';
import { describeOpenidClient } from './openid-client.ts';
import { describeProtectedApi } from './protected-api.ts';
import { describeRaces } from './races.ts';
import { describeSealedKeys } from './sealed-keys.ts';
import { describeSharing } from './sharing.ts';
import { describeStory } from './story.ts';

describe('the demonstration', () => {
  let demonstration: Demonstration | undefined;
  let cast: Cast;
  const get = () => cast;

  beforeAll(async () => {
    demonstration = await startDemonstration();
    cast = castOf(demonstration);
  });
  afterAll(() => demonstration?.stop());

  describeStory(get);
  describeAccounts(get);
  describeOpenidClient(get);
  describeOauth4webapi(get);
  describeConsentMemory(get);
  describeLegacyGrants(get);
  describeProtectedApi(get);
  describeSealedKeys(get);
  describeSharing(get);
  describeRaces(get);

  it('stops cleanly', async () => {
    expect(await demonstration?.stop()).toBe(0);
  });
});
