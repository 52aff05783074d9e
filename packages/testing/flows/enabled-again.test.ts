/**
 * A client that was disabled by mistake is enabled again, and nothing that had ended becomes active
 * again.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { TestPlatform } from '../src/index.ts';
import { connectHeatlens, createStatusSunrise, statusOf } from './status-setting.ts';
import { buildings, refresh, type Tokens } from './sunrise.ts';

let platform: TestPlatform;
beforeEach(async () => {
  platform = await createStatusSunrise({ cacheSeconds: 5 });
});
afterEach(() => platform.close());

const now = () => platform.clock.nowSeconds();

async function ownToken(client = 'collector'): Promise<string> {
  const form = { grant_type: 'client_credentials', scope: 'buildings:read', resource: buildings };
  return String((await platform.post('/token', form, client)).json['access_token']);
}

async function isActive(token: string): Promise<boolean> {
  return (await platform.post('/introspect', { token }, 'buildings-api')).json['active'] === true;
}

/** Waits until the whole list and the client were read again. */
async function disableAndEnable(id: string): Promise<void> {
  expect(await platform.store.clients.disable(id, now())).toBe(true);
  platform.clock.advance(10);
  expect(await platform.store.clients.enable(id, now())).toBe(true);
  platform.clock.advance(61);
}

describe('a service that is enabled again', () => {
  it('gets tokens that work, and its former tokens stay inactive at introspection and in the status list', async () => {
    const before = [await ownToken()];
    expect([await statusOf(platform, before[0]!), await isActive(before[0]!)]).toEqual([0, true]);
    for (let times = 0; times < 3; times += 1) {
      await disableAndEnable('collector');
      for (const token of before)
        expect([await statusOf(platform, token), await isActive(token)]).toEqual([1, false]);
      const fresh = await ownToken();
      expect([await statusOf(platform, fresh), await isActive(fresh)]).toEqual([0, true]);
      before.push(fresh);
    }
  });

  it('also loses the tokens that a node issued before it learned that the service was disabled', async () => {
    const token = await ownToken();
    await platform.store.clients.disable('collector', now());
    platform.clock.advance(3);
    const late = await ownToken();
    expect(late).not.toBe('undefined');
    platform.clock.advance(60);
    await platform.store.clients.enable('collector', now());
    platform.clock.advance(61);
    for (const one of [token, late])
      expect([await statusOf(platform, one), await isActive(one)]).toEqual([1, false]);
  });

  it('by its return to the configuration is treated in the same way', async () => {
    const token = await ownToken();
    const client = await platform.store.clients.load('collector');
    await platform.store.clients.disable('collector', now());
    platform.clock.advance(10);
    await platform.store.clients.save(client!);
    platform.clock.advance(61);
    expect([await statusOf(platform, token), await isActive(token)]).toEqual([1, false]);
    expect(await isActive(await ownToken())).toBe(true);
  });
});

describe('an application that is disabled and enabled again', () => {
  const dead = async ({ access_token: token, refresh_token }: Tokens) => {
    expect([await statusOf(platform, token), await isActive(token)]).toEqual([1, false]);
    const answer = await refresh(platform, refresh_token);
    expect(answer.json['error']).toBe('invalid_grant');
  };

  it('needs a new consent', async () => {
    const before = await connectHeatlens(platform);
    await disableAndEnable('heatlens');
    await dead(before);
    const after = await connectHeatlens(platform);
    expect([
      await statusOf(platform, after.access_token),
      await isActive(after.access_token),
    ]).toEqual([0, true]);
    expect((await refresh(platform, after.refresh_token)).status).toBe(200);
    await dead(before);
  });
});
