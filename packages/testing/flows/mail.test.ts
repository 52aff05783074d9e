/** Mails to users wait in the store, sealed. Each is stored in the act that it reports. */
import { makeMail, openMail, type Mail } from '@keywright/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Browser, readForm, type TestPlatform } from '../src/index.ts';
import { call, tokenOf } from './permissions-service.ts';
import { ada, clients, createSunrise } from './sunrise.ts';

const hour = 3600;
const password = 'correct horse';
const fresh = 'lantern gravel umbrella';

let platform: TestPlatform;
beforeEach(async () => {
  platform = await createSunrise({
    sendsMail: true,
    clients: [
      ...clients,
      {
        client_id: 'operator',
        kind: 'service',
        trust: 'first-party',
        client_name: 'Operator',
        scope: 'accounts:password',
      },
    ],
  });
});
afterEach(() => platform.close());

/** The mails that wait, as they would be sent. Each is taken once. */
async function takeMails(): Promise<readonly Mail[]> {
  const { store, ports, clock } = platform;
  const due = await store.deliveries.takeDue(clock.nowSeconds(), 100, hour);
  return Promise.all(
    due.map(async (delivery) => {
      await store.deliveries.done(delivery.id);
      const mail = openMail(ports, delivery);
      if (mail === undefined) throw new Error('the mail cannot be opened');
      return mail;
    }),
  );
}

async function signIn(from: Browser, typed = password) {
  const page = await from.get('/sign-in');
  return from.post('/sign-in', { ...readForm(page), email: ada, password: typed });
}

async function changePassword(from: Browser, typed = password) {
  const page = await from.get('/account/password');
  const words = { password: typed, new_password: fresh, new_password_again: fresh };
  return from.post('/account/password', { ...readForm(page), ...words });
}

describe('a sign-in with a browser that is new to the account', () => {
  it('causes a mail to the user, with the network and the browser', async () => {
    const browser = platform.browser('198.51.100.7');
    const page = await browser.get('/sign-in');
    const form = { ...readForm(page), email: ada, password };
    await browser.post('/sign-in', form, { 'user-agent': 'Mozilla/5.0 Firefox/140.0' });
    const now = platform.clock.nowSeconds();
    expect(await takeMails()).toEqual([
      {
        to: ada,
        name: 'Ada Byron',
        at: now,
        content: {
          kind: 'new_browser',
          network: '198.51.100.7',
          userAgent: 'Mozilla/5.0 Firefox/140.0',
        },
      },
    ]);
  });

  it('causes no second mail for the same browser', async () => {
    const browser = platform.browser();
    await signIn(browser);
    await takeMails();
    await signIn(browser);
    expect(await takeMails()).toEqual([]);
  });

  it('causes a mail for a browser that another user has used', async () => {
    const browser = platform.browser();
    await platform.signIn(browser, 'grace@example.com');
    await takeMails();
    await signIn(browser);
    expect(await takeMails()).toMatchObject([{ to: ada }]);
  });

  it('causes five mails in a row, and after that one in six hours', async () => {
    for (let at = 0; at < 8; at += 1) await signIn(platform.browser());
    expect(await takeMails()).toHaveLength(5);
    platform.clock.advance(6 * hour);
    for (let at = 0; at < 3; at += 1) await signIn(platform.browser());
    expect(await takeMails()).toHaveLength(1);
  });

  it('causes no mail where the password was wrong', async () => {
    expect((await signIn(platform.browser(), 'wrong')).status).toBe(401);
    expect(await takeMails()).toEqual([]);
  });
});

describe('a new password', () => {
  it('causes a mail to the user who changed it', async () => {
    const browser = platform.browser('198.51.100.7');
    await signIn(browser);
    await takeMails();
    expect((await changePassword(browser)).status).toBe(303);
    expect(await takeMails()).toMatchObject([
      { to: ada, content: { kind: 'password_changed', by: 'user', network: '198.51.100.7' } },
    ]);
  });

  it('causes no mail where it was refused', async () => {
    const browser = platform.browser();
    await signIn(browser);
    await takeMails();
    expect((await changePassword(browser, 'wrong')).status).not.toBe(303);
    expect(await takeMails()).toEqual([]);
  });

  it('causes a mail to the user when an administrator set it', async () => {
    const token = await tokenOf(platform, 'operator');
    const body = { account_id: platform.accounts.get(ada)?.id, password: fresh };
    const answer = await call(platform, '/admin/v1/accounts/password', token, { body });
    expect(answer.status).toBe(204);
    expect(await takeMails()).toMatchObject([
      { to: ada, content: { kind: 'password_changed', by: 'operator' } },
    ]);
  });
});

describe('a mail that waits in the store', () => {
  it('shows neither the user nor its text to a reader of the store', async () => {
    await signIn(platform.browser('198.51.100.7'));
    const { store, clock } = platform;
    const [delivery] = await store.deliveries.takeDue(clock.nowSeconds(), 1, hour);
    const stored = JSON.stringify(delivery);
    for (const text of [ada, 'Ada', '198.51.100.7', 'new_browser'])
      expect(stored).not.toContain(text);
    expect(JSON.stringify(platform.events)).not.toContain(ada);
  });

  it('cannot be opened with the id of another one', async () => {
    const { ports, clock } = platform;
    const content = { kind: 'password_changed', by: 'user' } as const;
    const mailPorts = {
      options: { sendsMail: true },
      vault: ports.vault,
      newSecret: () => Buffer.from(ports.random.bytes(32)).toString('base64url'),
    };
    const account = { email: ada, name: 'Ada' };
    const mail = makeMail(mailPorts, account, content, clock.nowSeconds());
    expect(mail).toBeDefined();
    expect(openMail(ports, { id: 'mail_other', body: mail?.body ?? '' })).toBeUndefined();
  });
});

it('no mail is stored where the server sends no mail', async () => {
  const silent = await createSunrise();
  try {
    await signIn(silent.browser());
    expect(await silent.store.deliveries.takeDue(silent.clock.nowSeconds(), 10, hour)).toEqual([]);
  } finally {
    await silent.close();
  }
});
