/**
 * Addresses of pages of one account, opened by another user: the sealed content has no meaning for
 * any other account.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TestPlatform } from '../src/index.ts';
import {
  answerDevice,
  answerFromAfar,
  askAsDevice,
  createDeferred,
  idOfRequest,
  signedIn,
} from './deferred-setting.ts';
import { createWithDetails, obtainWithDetails, reading } from './details-setting.ts';
import { allow, createSunrise, grace } from './sunrise.ts';

describe('a page shows the result of an action only to the user who did it:', () => {
  let platform: TestPlatform;
  beforeAll(async () => {
    platform = await createDeferred();
  });
  afterAll(() => platform.close());

  it('a link of a user who withdrew a consent shows no result on another user’s page', async () => {
    const browser = platform.browser();
    await allow(platform, {}, browser);
    const [connection] = (await browser.get('/account')).json['connections'] as readonly {
      readonly revoke: { readonly fields: Readonly<Record<string, string>> };
    }[];
    const told = await browser.post('/account/revoke', connection?.revoke.fields ?? {});
    expect((await browser.get(told.location.href)).json['revoked']).toBe('Heatlens');
    const other = await signedIn(platform, grace);
    expect((await other.get(told.location.href)).json).not.toHaveProperty('revoked');
  });

  it('a link of a user who answered an application shows no result on another user’s page', async () => {
    await idOfRequest(platform);
    const browser = await signedIn(platform);
    const told = await answerFromAfar(browser);
    expect((await browser.get(told.location.href)).json['answered']).toEqual({
      name: 'Sunrise Desk',
      approved: true,
    });
    const other = await signedIn(platform, grace);
    expect((await other.get(told.location.href)).json).not.toHaveProperty('answered');
  });

  it('a link of a user who connected a device does not tell another user that their device is connected', async () => {
    const asked = await askAsDevice(platform);
    const browser = await signedIn(platform);
    const done = await answerDevice(browser, asked.user_code);
    expect((await browser.get(done.location.href)).json['approved']).toBe(true);
    const other = await signedIn(platform, grace);
    expect((await other.get(done.location.href)).location.pathname).toBe('/device');
    expect((await platform.browser().get(done.location.href)).location.pathname).toBe('/device');
  });
});

describe('the data that an unverified application sends about itself', () => {
  let platform: TestPlatform;
  beforeAll(async () => {
    platform = await createSunrise();
  });
  afterAll(() => platform.close());

  it('makes no link and no publisher on the account page', async () => {
    const { clients } = platform.store;
    const client = await clients.load('heatlens');
    if (client === undefined) throw new Error('there is no client');
    const said = { publisher: 'Heat Ltd', homepage: 'https://heat.example/' };
    await clients.save({ ...client, ...said });
    const browser = platform.browser();
    await allow(platform, {}, browser);
    const view = async () => (await browser.get('/account')).json['connections'];
    expect(await view()).toMatchObject([{ client: said }]);
    await clients.save({ ...client, ...said, trust: 'unverified' });
    expect(await view()).toMatchObject([{ client: { name: 'Heatlens' } }]);
    expect(JSON.stringify(await view())).not.toMatch(/heat\.example|Heat Ltd/);
  });
});

describe('text of an application does not reach another user’s page:', () => {
  let platform: TestPlatform;
  beforeAll(async () => {
    platform = await createWithDetails();
  });
  afterAll(() => platform.close());

  it('an authorization detail that one user withdrew is not named on another user’s page', async () => {
    const words = 'locked Call +41 900 000 000';
    const browser = platform.browser();
    await obtainWithDetails(platform, [reading(words)], ['0'], {}, browser);
    const [connection] = (await browser.get('/account')).json['connections'] as readonly {
      readonly details: readonly {
        readonly resources: readonly {
          readonly takeBack: { readonly fields: Readonly<Record<string, string>> };
        }[];
      }[];
    }[];
    const fields = connection?.details[0]?.resources[0]?.takeBack.fields ?? {};
    const told = await browser.post('/account/withdraw', fields);
    expect((await browser.get(told.location.href)).json['withdrawn']).toEqual({
      what: words,
      from: 'Heatlens',
    });
    const other = platform.browser();
    await platform.signIn(other, grace);
    expect((await other.get(told.location.href)).body).not.toContain('Call');
  });
});
