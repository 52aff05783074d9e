import { answerDeferred } from '@keywright/core';
import { digest } from '@keywright/jwt';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Answer, readForm, type TestPlatform } from '../src/index.ts';
import {
  answerDevice,
  askAsDevice,
  createDeferred,
  pollAsDevice,
  reachConfirmation,
  signedIn,
  television,
  typeCode,
} from './deferred-setting.ts';
import { ada, buildings, grace, tokensOf } from './sunrise.ts';

let platform: TestPlatform;
beforeEach(async () => {
  platform = await createDeferred();
});
afterEach(() => platform.close());

const errorOf = ({ status, json }: Answer) => [status, json['error']];

describe('only the user who entered the code can answer a device request (B19):', () => {
  it('a second user is refused at each step after the first one entered the code', async () => {
    const { user_code, device_code } = await askAsDevice(platform);
    const first = await signedIn(platform);
    const second = await signedIn(platform, grace);
    const page = await reachConfirmation(first, user_code);
    const taken = await typeCode(second, user_code);
    expect([taken.status, taken.json['page']]).toEqual([400, 'device-code']);
    // The address and the form of the first user, in the browser of the second.
    const { request = '' } = readForm(page);
    expect((await second.get(`/device/confirm?request=${request}`)).status).toBe(400);
    for (const decision of ['allow', 'deny'])
      expect((await second.post('/device/confirm', { ...readForm(page), decision })).status).toBe(
        400,
      );
    expect(errorOf(await pollAsDevice(platform, device_code))).toEqual([
      400,
      'authorization_pending',
    ]);
    expect(
      (await first.post('/device/confirm', { ...readForm(page), decision: 'allow' })).status,
    ).toBe(303);
  });

  it('when two users enter the code at once, one of them gets it', async () => {
    const { user_code } = await askAsDevice(platform);
    const browsers = [await signedIn(platform), await signedIn(platform, grace)];
    const answers = await Promise.all(browsers.map((browser) => typeCode(browser, user_code)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([303, 400]));
  });

  it('a page that is sent 20 times in parallel is answered once', async () => {
    const { user_code } = await askAsDevice(platform);
    const browser = await signedIn(platform);
    const form = { ...readForm(await reachConfirmation(browser, user_code)), decision: 'allow' };
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => browser.post('/device/confirm', form)),
    );
    expect(answers.filter(({ status }) => status === 303)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 400)).toHaveLength(19);
  });

  it.each(['/device', '/device/confirm'])(
    'a form from another site, or without our CSRF token, is refused at %s',
    async (path) => {
      const { user_code } = await askAsDevice(platform);
      const browser = await signedIn(platform);
      const page =
        path === '/device' ? await browser.get(path) : await reachConfirmation(browser, user_code);
      const form = { ...readForm(page), user_code, decision: 'allow' };
      expect((await browser.post(path, form, { 'sec-fetch-site': 'cross-site' })).status).toBe(400);
      expect((await browser.post(path, form, { origin: 'https://evil.example' })).status).toBe(400);
      expect((await browser.post(path, { ...form, csrf: 'x' })).status).toBe(400);
      expect((await browser.post(path, form)).status).toBe(303);
    },
  );

  it('the CSRF token of the page for the code does not work for the question', async () => {
    const { user_code } = await askAsDevice(platform);
    const browser = await signedIn(platform);
    const { csrf = '' } = readForm(await browser.get('/device'));
    const form = {
      ...readForm(await reachConfirmation(browser, user_code)),
      csrf,
      decision: 'allow',
    };
    expect((await browser.post('/device/confirm', form)).status).toBe(400);
  });

  it('a page that was left open cannot be answered after the code expired', async () => {
    const { user_code } = await askAsDevice(platform);
    const browser = await signedIn(platform);
    const page = await reachConfirmation(browser, user_code);
    platform.clock.advance(600);
    expect(
      (await browser.post('/device/confirm', { ...readForm(page), decision: 'allow' })).status,
    ).toBe(400);
  });

  it('only the value “allow” allows', async () => {
    const { user_code, device_code } = await askAsDevice(platform);
    const browser = await signedIn(platform);
    const page = await reachConfirmation(browser, user_code);
    for (const decision of ['', 'yes', 'ALLOW'])
      expect((await browser.post('/device/confirm', { ...readForm(page), decision })).status).toBe(
        400,
      );
    expect(errorOf(await pollAsDevice(platform, device_code))).toEqual([
      400,
      'authorization_pending',
    ]);
  });

  it('a form cannot add a scope that was not asked for', async () => {
    const { user_code, device_code } = await askAsDevice(platform, { scope: 'openid' });
    await answerDevice(await signedIn(platform), user_code, 'allow', ['buildings:read', 'email']);
    expect(tokensOf(await pollAsDevice(platform, device_code)).scope).toBe('openid');
  });

  it('a link cannot make the last page say that something was allowed', async () => {
    const browser = await signedIn(platform);
    expect((await browser.get('/device/done?answer=forged')).location.pathname).toBe('/device');
  });

  it('a link cannot choose the page after the sign-in', async () => {
    const browser = platform.browser();
    const answer = await platform.signIn(
      browser,
      ada,
      new URL('https://as.example/sign-in?next=https%3A%2F%2Fevil.example'),
    );
    expect(answer.location.pathname).toBe('/account');
  });
});

describe('answerDeferred, the function of the testing package,', () => {
  const coreOf = ({ ports }: TestPlatform) =>
    ({
      ...ports,
      loadClient: (id: string) => ports.store.clients.load(id),
      loadApis: async () => ({ all: [], ofScope: () => ({ identifier: buildings }) }),
      newSecret: () => 'x'.repeat(43),
    }) as never;

  it.each(['userCode', 'deviceCode', 'digest'] as const)(
    'answers by %s, for the named account',
    async (by) => {
      const { user_code: userCode, device_code: deviceCode } = await askAsDevice(platform, {
        scope: 'openid',
      });
      const names = { userCode, deviceCode, digest: digest(deviceCode) };
      const accountId = platform.accounts.get(grace)?.id ?? '';
      const answered = await answerDeferred(coreOf(platform), {
        [by]: names[by],
        accountId,
        approve: true,
      });
      expect(answered).toMatchObject({ approved: true, client: { id: television } });
      expect((await pollAsDevice(platform, deviceCode)).status).toBe(200);
    },
  );

  it('answers nothing for an unknown account, and nothing that another user has taken', async () => {
    const { user_code: userCode } = await askAsDevice(platform);
    const answer = (accountId: string) =>
      answerDeferred(coreOf(platform), { userCode, accountId, approve: true });
    await expect(answer('usr_nobody')).rejects.toMatchObject({ reason: 'deferred_not_pending' });
    await typeCode(await signedIn(platform), userCode);
    const { id = '' } = platform.accounts.get(grace) ?? {};
    await expect(answer(id)).rejects.toMatchObject({ reason: 'deferred_not_pending' });
  });

  it('needs the id or the user code of the request', async () => {
    const { id: accountId = '' } = platform.accounts.get(ada) ?? {};
    await expect(
      answerDeferred(coreOf(platform), { accountId, approve: true }),
    ).rejects.toMatchObject({
      reason: 'deferred_not_pending',
    });
  });
});
