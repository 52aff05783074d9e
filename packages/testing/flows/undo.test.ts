/** Taking access back, and undoing it at once. */
import type { Client } from '@keywright/core';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Browser, TestPlatform } from '../src/index.ts';
import {
  ada,
  allow,
  authorizeLink,
  createSunrise,
  grace,
  obtainTokens,
  refresh,
  type Tokens,
} from './sunrise.ts';

interface Form {
  readonly action: string;
  readonly fields: Readonly<Record<string, string>>;
}

interface View {
  readonly connections: readonly {
    readonly revoke: Form;
    readonly scopes: readonly { readonly name: string }[];
  }[];
  readonly undo?: Form;
  readonly revoked?: string;
  readonly next?: string;
  readonly undone?: string;
  readonly undoRefused?: boolean;
}

const words = { scope: 'openid buildings:read measurements:read' };
let platform: TestPlatform;
let browser: Browser;
let tokens: Tokens;
beforeEach(async () => {
  platform = await createSunrise();
  browser = platform.browser();
  tokens = await obtainTokens(platform, words);
  await platform.signIn(browser, ada);
});
afterEach(() => platform.close());

async function look(address = '/account', at: Browser = browser): Promise<View> {
  return (await at.get(address)).json as unknown as View;
}

async function takeBack(): Promise<{ readonly address: string; readonly undo: Form }> {
  const revoke = (await look()).connections[0]?.revoke;
  const { location } = await browser.post('/account/revoke', revoke?.fields ?? {});
  const { undo } = await look(location.href);
  if (undo === undefined) throw new Error('there is nothing to undo');
  return { address: location.href, undo };
}

/** This number of other applications that Ada has allowed something. */
async function connectMany(count: number): Promise<void> {
  const client = await platform.store.clients.load('heatlens');
  const accountId = platform.accounts.get(ada)?.id ?? '';
  if (client === undefined || accountId === '') throw new Error('there is no client or no account');
  for (let number = 0; number < count; number += 1) {
    const id = `app-${number}`;
    await platform.store.clients.save({ ...client, id });
    const agreed = { scopes: ['openid'], declinedScopes: [], audiences: [] };
    const agreement = { grantId: `grt_${number}`, accountId, clientId: id, ...agreed };
    await platform.store.grants.agree(agreement, undefined, platform.clock.nowSeconds());
  }
}

async function undo(form: Form, at: Browser = browser): Promise<View> {
  const { location } = await at.post(form.action, form.fields);
  return look(location.href, at);
}

const scopesOf = ({ connections }: View) =>
  connections.flatMap(({ scopes }) => scopes.map(({ name }) => name));

describe('withdrawing a consent', () => {
  it('takes effect at once and can be undone: the consent exists again, and no token does', async () => {
    const before = scopesOf(await look());
    const { undo: form } = await takeBack();
    expect((await refresh(platform, tokens.refresh_token)).json['error']).toBe('invalid_grant');
    const after = await undo(form);
    expect(after.undone).toBe('Heatlens');
    expect(scopesOf(after)).toEqual(before);
    expect((await refresh(platform, tokens.refresh_token)).json['error']).toBe('invalid_grant');
    const back = await browser.get(authorizeLink(words));
    expect(back.location.searchParams.has('code')).toBe(true);
  });

  it('can be undone ten seconds later, and not after a minute', async () => {
    const first = await takeBack();
    platform.clock.advance(10);
    expect((await undo(first.undo)).undone).toBe('Heatlens');
    const second = await takeBack();
    platform.clock.advance(60);
    expect(await look(second.address)).not.toHaveProperty('undo');
    expect(await undo(second.undo)).toMatchObject({ connections: [], undoRefused: true });
  });

  it('can be undone on each page of applications while the time for it runs', async () => {
    await connectMany(30);
    const { address, undo: form } = await takeBack();
    const [first, second] = [await look(address), await look((await look(address)).next)];
    expect([second.revoked, second.undo?.action]).toEqual([first.revoked, form.action]);
    platform.clock.advance(60);
    expect(await look(first.next)).not.toHaveProperty('undo');
    expect((await look(address)).next).not.toContain('told');
    expect((await look((await look()).next)).revoked).toBeUndefined();
  });

  it('is undone once, although the form is sent many times at once', async () => {
    const { undo: form } = await takeBack();
    await Promise.all(Array.from({ length: 20 }, () => browser.post(form.action, form.fields)));
    const given = platform.events.filter(({ type }) => type === 'consent.given');
    expect(given).toHaveLength(2);
    expect((await look()).connections).toHaveLength(1);
    const revoke = (await look()).connections[0]?.revoke;
    await browser.post('/account/revoke', revoke?.fields ?? {});
    expect(await undo(form)).toMatchObject({ connections: [], undoRefused: true });
  });

  it('and undoing it adds nothing to a later consent of the user', async () => {
    const { undo: form } = await takeBack();
    await allow(platform, { scope: 'openid' }, browser);
    const after = await undo(form);
    expect(after.undoRefused).toBe(true);
    expect(scopesOf(after)).toEqual(['openid']);
  });

  it('and undoing it restores the consent at the time of the withdrawal, not as it was read before', async () => {
    const { grants } = platform.store;
    const end = grants.end.bind(grants);
    // In another tab, the user narrows the consent just before this tab ends it.
    vi.spyOn(grants, 'end').mockImplementation(async (grantId, accountId, now) => {
      const read = await grants.load(accountId, 'heatlens');
      const { audiences = [], declinedScopes = [] } = read ?? {};
      const of = { grantId, accountId, clientId: 'heatlens' };
      const action = { action: 'replace', grantId } as const;
      const narrowed = { ...of, scopes: ['openid'], declinedScopes, audiences, action };
      await grants.agree(narrowed, undefined, now);
      return end(grantId, accountId, now);
    });
    const { undo: form } = await takeBack();
    expect(scopesOf(await undo(form))).toEqual(['openid']);
  });

  it('cannot be undone for a client that was changed just after it', async () => {
    const { clients, grants } = platform.store;
    const end = grants.end.bind(grants);
    vi.spyOn(grants, 'end').mockImplementation(async (grantId, accountId, now) => {
      const ended = await end(grantId, accountId, now);
      const client = await clients.load('heatlens');
      if (client !== undefined)
        await clients.save({ ...client, redirectUris: ['https://elsewhere.example/back'] });
      return ended;
    });
    const { undo: form } = await takeBack();
    expect(await undo(form)).toMatchObject({ connections: [], undoRefused: true });
  });

  it('cannot be undone for a client that was disabled since', async () => {
    const { undo: form } = await takeBack();
    const client = await platform.store.clients.load('heatlens');
    if (client !== undefined) await platform.store.clients.save({ ...client, status: 'disabled' });
    expect(await undo(form)).toMatchObject({ connections: [], undoRefused: true });
  });

  const changes: Record<string, (client: Client, platform: TestPlatform) => Promise<unknown>> = {
    'is of another kind': (client, { store }) => store.clients.save({ ...client, kind: 'native' }),
    'has another trust': (client, { store }) =>
      store.clients.save({ ...client, trust: 'unverified' }),
    'answers at another address': (client, { store }) =>
      store.clients.save({ ...client, redirectUris: ['https://other.example/callback'] }),
    'was disabled and enabled': async ({ id }, { store, clock }) => {
      await store.clients.disable(id, clock.nowSeconds());
      await store.clients.enable(id, clock.nowSeconds());
    },
  };
  it.each(Object.keys(changes))('cannot be undone for a client that %s since', async (change) => {
    const { undo: form } = await takeBack();
    const client = await platform.store.clients.load('heatlens');
    if (client !== undefined) await changes[change]?.(client, platform);
    expect(await undo(form)).toMatchObject({ connections: [], undoRefused: true });
  });

  it('can be undone only by its user: not without the CSRF token, from another site, in another session or by another user', async () => {
    const { address, undo: form } = await takeBack();
    const refused = [
      await browser.post(form.action, { ...form.fields, csrf: '' }),
      await browser.post(form.action, form.fields, { 'sec-fetch-site': 'cross-site' }),
    ];
    for (const { json } of refused) expect(json['reason']).toBe('form_foreign');
    const again = platform.browser();
    await platform.signIn(again, ada);
    expect(await look(address, again)).not.toHaveProperty('undo');
    const other = platform.browser();
    await platform.signIn(other, grace);
    expect(await look(address, other)).not.toHaveProperty('undo');
    for (const one of [again, other])
      expect((await one.post(form.action, form.fields)).json['reason']).toBe('form_foreign');
    expect((await look()).connections).toEqual([]);
  });
});
