/** The brand of a client on the pages of a sign-in that began at it (decision 0043). */
import { memberTypesOf } from '../../core/src/kernel/clients/client-registration.ts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { pictures } from '../../core/src/rules/testing-parts/pictures.ts';
import { type Browser, readForm, type TestPlatform } from '../src/index.ts';
import { createDynamicClients, manage, register, webApp } from './dynamic-clients.ts';
import { takeCode } from './mails.ts';
import { follow, send } from './page-walk.ts';
import { call, tokenOf } from './permissions-service.ts';
import { ada, authorizeLink, challenge, clients } from './sunrise.ts';

const logo = `data:image/png;base64,${pictures.png.toString('base64')}`;
const branding = { brand_name: 'Sunrise Energy', brand_accent: '#635BFF', brand_logo: logo };
const shown = {
  name: 'Sunrise Energy',
  accent: '#635bff',
  logo: { url: logo, width: 24, height: 16 },
};
const operator = (client_id: string, scope: string) =>
  ({ client_id, kind: 'service', trust: 'first-party', client_name: client_id, scope }) as const;
const atPortal = {
  client_id: 'portal',
  redirect_uri: 'https://portal.sunrise.example/callback',
  scope: 'openid',
};

let platform: TestPlatform;
let browser: Browser;
beforeEach(async () => {
  platform = await createDynamicClients({
    sendsMail: true,
    signUp: 'open',
    terms: { url: 'https://sunrise.example/terms', version: '1' },
    features: { pushedRequests: true },
    clients: [
      ...clients.map((client) =>
        client.client_id === 'portal' ? { ...client, ...branding } : client,
      ),
      operator('developer', 'clients:read clients:write'),
      operator('truster', 'clients:read clients:write clients:trust'),
    ],
  });
  browser = platform.browser();
});
afterEach(() => platform.close());

const at = (link: string) => browser.get(link).then((answer) => follow(answer, browser));

describe('the brand of a client', () => {
  it('is on the sign-in page, also after a wrong password, and on the page for the terms', async () => {
    const page = await at(authorizeLink(atPortal));
    expect(page.json).toMatchObject({ page: 'sign-in', brand: shown });
    const wrong = { ...readForm(page), email: ada, password: 'wrong' };
    expect((await browser.post('/sign-in', wrong)).json).toMatchObject({ brand: shown });
    const right = { ...readForm(page), email: ada, password: 'correct horse' };
    const next = await follow(await browser.post('/sign-in', right), browser);
    const terms = await follow(next, browser);
    expect(terms.json).toMatchObject({ page: 'terms', brand: shown });
  });

  it('is on each page of a sign-up and of a recovery that began there', async () => {
    const page = await at(authorizeLink(atPortal));
    for (const [link, email] of [
      ['signUp', 'joan@example.org'],
      ['recover', ada],
    ] as const) {
      const address = await browser.get(String(page.json[link]));
      const code = await follow(await send(address, { email }, browser), browser);
      const sent = await takeCode(platform);
      const last = await follow(await send(code, { code: sent.code }, browser), browser);
      for (const one of [address, code, last]) expect(one.json['brand']).toEqual(shown);
    }
  });

  it('is on the sign-in page of a pushed request', async () => {
    const pkce = { code_challenge: challenge, code_challenge_method: 'S256' };
    const pushed = await platform.post(
      '/par',
      { response_type: 'code', ...atPortal, ...pkce },
      'portal',
    );
    const link = authorizeLink({
      client_id: 'portal',
      request_uri: String(pushed.json['request_uri']),
    });
    expect((await at(link)).json).toMatchObject({ page: 'sign-in', brand: shown });
  });

  it('is on no page of another client, on no page without one, and on no page for consent', async () => {
    expect((await at(authorizeLink())).json).not.toHaveProperty('brand');
    expect((await browser.get('/sign-in')).json).not.toHaveProperty('brand');
    expect((await browser.get('/sign-up?request=x')).json).not.toHaveProperty('brand');
    await platform.store.accounts.acceptTerms(platform.accounts.get(ada)?.id ?? '', {
      terms: '1',
      at: 1,
    });
    await platform.signIn(browser, ada);
    const consent = await at(authorizeLink({ ...atPortal, prompt: 'consent' }));
    expect(consent.json['page']).toBe('consent');
    expect(JSON.stringify(consent.json)).not.toContain('Sunrise Energy');
  });

  it('ends with the trust of the client', async () => {
    const client = await platform.store.clients.load('portal');
    if (client === undefined) throw new Error('there is no portal');
    await platform.store.clients.save({ ...client, trust: 'third-party' });
    platform.clock.advance(6);
    expect((await at(authorizeLink(atPortal))).json).not.toHaveProperty('brand');
  });
});

describe('nobody but an operator gives a client a brand:', () => {
  it('a registration is stored without it, and so is its change', async () => {
    const { json } = await register(platform, { ...webApp, ...branding });
    expect(JSON.stringify(json)).not.toContain('brand');
    const id = String(json['client_id']);
    const settings = async () => (await platform.store.clients.load(id))?.settings;
    expect(JSON.stringify(await settings())).not.toContain('brand');
    await manage(platform, 'PUT', json, { ...webApp, client_id: id, ...branding });
    expect(JSON.stringify(await settings())).not.toContain('brand');
    const link = authorizeLink({
      client_id: id,
      redirect_uri: webApp.redirect_uris[0],
      scope: 'openid',
    });
    expect((await at(link)).json).not.toHaveProperty('brand');
  });

  it('no member of it is among those that a registration, a document or a statement may have', () => {
    const names = Object.keys(memberTypesOf('client')).filter((name) => name.startsWith('brand'));
    expect(names).toEqual([]);
  });

  const app = {
    kind: 'web',
    trust: 'first-party',
    client_name: 'Sunrise Energy',
    redirect_uris: ['https://energy.example/cb'],
    scope: 'openid',
  };
  const add = async (caller: string, body: object) =>
    call(platform, '/admin/v1/clients', await tokenOf(platform, caller), { body });
  const change = async (caller: string, id: string, body: object) =>
    call(platform, `/admin/v1/clients?client_id=${id}`, await tokenOf(platform, caller), {
      method: 'PATCH',
      body,
      headers: { 'if-match': '*', 'content-type': 'application/merge-patch+json' },
    });

  it('a token of a developer, without clients:trust, neither adds nor changes one', async () => {
    expect((await add('developer', { ...app, ...branding })).status).toBe(403);
    const { json } = await add('truster', app);
    const id = String(json['client_id']);
    expect((await change('developer', id, branding)).status).toBe(403);
    const stored = await platform.store.clients.load(id);
    expect(stored?.settings?.brandName).toBeUndefined();
    const own = { ...app, trust: 'third-party', ...branding };
    const refused = await add('developer', own);
    expect(refused.status).toBe(400);
    expect(refused.json['error_description']).toContain('brand_name is only for first-party');
  });

  it('an operator adds, reads, changes and removes it by the admin API', async () => {
    const added = await add('truster', { ...app, ...branding });
    expect(added.json).toMatchObject({ ...branding, brand_accent: '#635bff' });
    const id = String(added.json['client_id']);
    const changed = await change('truster', id, { brand_accent: '#ffd400', brand_logo: null });
    expect(changed.json).toMatchObject({ brand_accent: '#ffd400', brand_name: 'Sunrise Energy' });
    expect(changed.json).not.toHaveProperty('brand_logo');
    const lowered = await change('truster', id, { trust: 'third-party' });
    expect(lowered.status).toBe(400);
  });

  it.each([
    ['a colour with a rule', { brand_accent: '#fff;}body{display:none' }],
    ['the name of a colour', { brand_accent: 'red' }],
    ['an address of a picture', { brand_logo: 'https://evil.example/logo.png' }],
    ['SVG', { brand_logo: `data:image/svg+xml;base64,${btoa('<svg onload="alert(1)"/>')}` }],
    ['SVG with another type', { brand_logo: `data:image/png;base64,${btoa('<svg/>')}` }],
    ['a picture with another type', { brand_logo: logo.replace('png', 'webp') }],
    ['a page after a picture', { brand_logo: logo + btoa('<script>alert(1)</script>') }],
    ['markup in the address', { brand_logo: `${logo}"><script>` }],
    ['a name with an invisible character', { brand_name: 'Sun\u200brise' }],
    ['a name that turns the text', { brand_name: 'Sunrise \u202egnp' }],
    ['a name with a line end', { brand_name: 'Sunrise\nBuildings' }],
    ['an empty name', { brand_name: ' ' }],
  ])('the admin API refuses %s', async (_, members) => {
    const answer = await add('truster', { ...app, ...branding, ...members });
    expect([answer.status, answer.json['error_description']]).toEqual([
      400,
      expect.stringContaining(Object.keys(members)[0] ?? ''),
    ]);
  });

  it('the admin API refuses a logo that is too large, in bytes or in pixels, or without a name', async () => {
    const wide = Buffer.from(pictures.png);
    wide.writeUInt32BE(1001, 16);
    const heavy = Buffer.concat([
      pictures.png.subarray(0, 33),
      Buffer.from('\0\0\x70\0tEXt', 'latin1'),
      Buffer.alloc(0x7000 + 4),
      pictures.png.subarray(33),
    ]);
    for (const file of [wide, heavy]) {
      const brand_logo = `data:image/png;base64,${file.toString('base64')}`;
      const { json } = await add('truster', { ...app, ...branding, brand_logo });
      expect(json['error_description']).toMatch(/brand_logo must have/);
    }
    const { json } = await add('truster', { ...app, brand_logo: logo });
    expect(json['error_description']).toContain('brand_logo needs brand_name');
  });
});
